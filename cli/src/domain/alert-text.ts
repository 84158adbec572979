import type { AlertView, Silence } from '@liquid-lln/protocol';
import type { Table } from './table.js';
import { absent, formatTime } from './units.js';

export function alertTable(alerts: readonly AlertView[]): Table {
  return {
    head: ['ALERT', 'SINCE', 'RULE', 'SUBJECT', 'SEVERITY', 'STATE', 'DETAIL'],
    rows: alerts.map((alert) => [
      alert.alertId,
      formatTime(alert.raisedMs),
      alert.rule,
      alert.subject,
      alert.severity,
      stateText(alert),
      alert.detail,
    ]),
  };
}

function stateText({ endedMs, acknowledged, silencedBy, repeats }: AlertView): string {
  const again = repeats === 0 ? '' : `, came back ${repeats} times`;
  if (endedMs !== null) return `ended ${formatTime(endedMs)}${again}`;
  if (acknowledged !== null) return `known to ${acknowledged.by}${again}`;
  return silencedBy === null ? `raised${again}` : `silenced by ${silencedBy}${again}`;
}

export function silenceTable(silences: readonly Silence[]): Table {
  return {
    head: ['SILENCE', 'RULE', 'SUBJECT', 'ENV', 'UNTIL', 'BY', 'REASON'],
    rows: silences.map(({ silenceId, matcher, untilMs, by, reason }) => [
      silenceId,
      matcher.rule ?? absent,
      matcher.subject ?? absent,
      matcher.environment ?? absent,
      formatTime(untilMs),
      by,
      reason,
    ]),
  };
}

/** How many alerts somebody has to look at. */
export function isUnknown({ endedMs, acknowledged, silencedBy }: AlertView): boolean {
  return endedMs === null && acknowledged === null && silencedBy === null;
}
