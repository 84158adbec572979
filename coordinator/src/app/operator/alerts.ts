import { type AlertView, LlnError } from '@liquid-lln/protocol';
import { acknowledgeAlerts, addSilence, putAlerts } from '../../domain/alerting/alert-book.js';
import { isActive } from '../../domain/alerting/alert-tracker.js';
import { isMatching, viewAlert } from '../../domain/alerting/silence.js';
import type { FleetChange } from '../../ports/fleet-store.js';
import { alertingChanges } from '../alerting/alerting-changes.js';
import type { Caller, Handler, OperatorComponents } from './operator-context.js';

/** The newest first. */
export const listAlerts: Handler<'alerts'> = async ({ withEnded, limit }, _, components) => {
  const { alerts, silences } = components.ledger.state.alerting;
  const nowMs = components.clock.wallMs();
  const shown = [...alerts.values()]
    .filter((alert) => withEnded || isActive(alert))
    .toSorted((a, b) => b.raisedMs - a.raisedMs)
    .slice(0, limit);
  return {
    of: 'alerts',
    alerts: shown.map((alert) => viewAlert(alert, silences.values(), nowMs)),
    silences: [...silences.values()].filter(({ untilMs }) => untilMs > nowMs),
  };
};

export const acknowledge: Handler<'acknowledge'> = async ({ alerts: ids, reason }, caller, components) => {
  const atMs = components.clock.wallMs();
  await components.ledger.change(({ alerting }) => {
    const changed = acknowledgeAlerts(alerting, ids, { by: caller.actor, reason, atMs });
    const entries = changed.map(({ alertId, rule, subject }) =>
      audit('acknowledge', alertId, `${rule} of ${subject}`, { caller, reason, atMs }),
    );
    return { changes: [...alertingChanges(putAlerts(alerting, changed)), ...entries], result: null };
  });
  return { of: 'acknowledge', alerts: viewSome(components, (alertId) => ids.some((id) => id === alertId)) };
};

export const silence: Handler<'silence'> = async ({ matcher, forSeconds, reason }, caller, components) => {
  const nowMs = components.clock.wallMs();
  const made = await components.ledger.change(({ alerting }) => {
    const wish = { matcher, forSeconds, reason, by: caller.actor, nowMs };
    const { silence: added, ...change } = addSilence(alerting, wish);
    const what = `${matcher.rule ?? 'every alert'} of ${matcher.subject ?? 'anything'} in ${matcher.environment ?? 'all environments'}`;
    const entry = audit('silence', added.silenceId, `${what} for ${forSeconds} s`, { caller, reason, atMs: nowMs });
    return { changes: [...alertingChanges(change), entry], result: added };
  });
  const { alerts } = components.ledger.state.alerting;
  const isMeant = (alertId: string) =>
    [...alerts.values()].some((a) => a.alertId === alertId && isMatching(matcher, a));
  return { of: 'silence', silence: made, alerts: viewSome(components, isMeant).filter(isActive) };
};

export const unsilence: Handler<'unsilence'> = async ({ silenceId, reason }, caller, components) => {
  const atMs = components.clock.wallMs();
  const ended = await components.ledger.change(({ alerting }) => {
    const known = alerting.silences.get(silenceId);
    if (known === undefined) throw new LlnError('ALERT_UNKNOWN', `there is no silence ${silenceId}`, { silenceId });
    const entry = audit('unsilence', silenceId, '', { caller, reason, atMs });
    const drop = { puts: [], drops: [{ of: 'silence' as const, key: silenceId }] };
    return { changes: [...alertingChanges(drop), entry], result: known };
  });
  return { of: 'unsilence', silence: ended };
};

function viewSome({ ledger, clock }: OperatorComponents, isMeant: (alertId: string) => boolean): AlertView[] {
  const { alerts, silences } = ledger.state.alerting;
  return [...alerts.values()]
    .filter(({ alertId }) => isMeant(alertId))
    .map((alert) => viewAlert(alert, silences.values(), clock.wallMs()));
}

interface Doing {
  readonly caller: Caller;
  readonly reason: string;
  readonly atMs: number;
}

function audit(action: string, subject: string, detail: string, { caller, reason, atMs }: Doing): FleetChange {
  return { kind: 'add-audit', entry: { atMs, actor: caller.actor, action, subject, reason, detail } };
}
