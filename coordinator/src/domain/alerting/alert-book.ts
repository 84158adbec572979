import {
  type Acknowledgement,
  type Alert,
  type AlertId,
  type AlertMatcher,
  LlnError,
  parseWith,
  type Silence,
  silenceIdSchema,
} from '@liquid-lln/protocol';
import { isActive, raiseAlerts } from './alert-tracker.js';
import type { AlertingDrop, AlertingRecord, AlertingState } from './alerting-state.js';
import type { Condition } from './condition.js';

/** Alerts kept after they have ended. */
const endedKeptMax = 1_000;
/** Silences at a time; those that are over make room. */
const silencesMax = 100;

export interface AlertingChange {
  readonly puts: readonly AlertingRecord[];
  readonly drops: readonly AlertingDrop[];
}

export const noAlertingChange: AlertingChange = { puts: [], drops: [] };

/** How many have been made of what is numbered. */
export function countOf({ counters }: Pick<AlertingState, 'counters'>, what: string): number {
  return counters.get(what) ?? 0;
}

/** Alerts that are new or have changed, as records; the oldest ended ones make room. */
export function putAlerts(state: AlertingState, changed: readonly Alert[]): AlertingChange {
  if (changed.length === 0) return noAlertingChange;
  const made = Math.max(countOf(state, 'alert'), ...changed.map(({ alertId }) => Number(alertId.slice(2))));
  const isMore = made > countOf(state, 'alert');
  const changedIds = new Set(changed.map(({ alertId }) => alertId));
  const ended = [...state.alerts.values()].filter((alert) => !isActive(alert) && !changedIds.has(alert.alertId));
  return {
    puts: [
      ...changed.map((value) => ({ of: 'alert' as const, key: value.alertId, value })),
      ...(isMore ? [{ of: 'counter' as const, key: 'alert', value: made }] : []),
    ],
    drops: ended
      .toSorted((a, b) => (a.endedMs ?? 0) - (b.endedMs ?? 0))
      .slice(0, Math.max(0, ended.length - endedKeptMax))
      .map(({ alertId }) => ({ of: 'alert' as const, key: alertId })),
  };
}

/** What has happened, as alerts. */
export function raiseOfEvents(state: AlertingState, conditions: readonly Condition[], nowMs: number): Alert[] {
  if (conditions.length === 0) return [];
  return raiseAlerts(conditions, [...state.alerts.values()], 'event', nowMs, countOf(state, 'alert'));
}

/**
 * Somebody knows of these alerts. One that was acknowledged before keeps its first acknowledgement.
 * @throws LlnError ALERT_UNKNOWN
 */
export function acknowledgeAlerts(
  { alerts }: Pick<AlertingState, 'alerts'>,
  ids: readonly AlertId[],
  acknowledged: Acknowledgement,
): Alert[] {
  return [...new Set(ids)].flatMap((alertId) => {
    const alert = alerts.get(alertId);
    if (alert === undefined) throw new LlnError('ALERT_UNKNOWN', `there is no alert ${alertId}`, { alertId });
    return alert.acknowledged === null ? [{ ...alert, acknowledged }] : [];
  });
}

export interface SilenceWish {
  readonly matcher: AlertMatcher;
  readonly forSeconds: number;
  readonly reason: string;
  readonly by: string;
  readonly nowMs: number;
}

/**
 * A new silence; those that are over are thrown away.
 * @throws LlnError ENGINE_OVERLOADED if there are too many already
 */
export function addSilence(state: AlertingState, wish: SilenceWish): AlertingChange & { readonly silence: Silence } {
  const { matcher, forSeconds, reason, by, nowMs } = wish;
  const over = [...state.silences.values()].filter(({ untilMs }) => untilMs <= nowMs);
  if (state.silences.size - over.length >= silencesMax)
    throw new LlnError('ENGINE_OVERLOADED', `there are ${silencesMax} silences already: end some of them`);
  const number = countOf(state, 'silence') + 1;
  const silenceId = parseWith(silenceIdSchema, `s-${number}`, 'silence id');
  const silence = { silenceId, matcher, untilMs: nowMs + forSeconds * 1_000, reason, by, atMs: nowMs };
  return {
    silence,
    puts: [
      { of: 'silence', key: silenceId, value: silence },
      { of: 'counter', key: 'silence', value: number },
    ],
    drops: over.map((each) => ({ of: 'silence' as const, key: each.silenceId })),
  };
}
