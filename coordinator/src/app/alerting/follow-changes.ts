import { type Alert, rolloutIdSchema, satisfies } from '@liquid-lln/protocol';
import { putAlerts, raiseOfEvents } from '../../domain/alerting/alert-book.js';
import { type Telling, tellAlert, tellDevice, tellRollout } from '../../domain/alerting/alert-notices.js';
import { tellIncident } from '../../domain/alerting/escalation.js';
import { conditionsOfAudit, conditionsOfEvent } from '../../domain/alerting/event-conditions.js';
import { OutboxBuilder } from '../../domain/alerting/outbox.js';
import type { AlertingPolicy } from '../../domain/alerting/policy.js';
import type { Rollout } from '../../domain/rollout.js';
import type { FleetChange } from '../../ports/fleet-store.js';
import type { FleetState } from '../fleet-state.js';
import { alertingChanges } from './alerting-changes.js';

/**
 * What follows from changes and is committed with them: alerts of what happened, and notices of all of it. Whoever
 * halts a rollout or stores an event need not know of it, and nothing that is on disk is ever not told.
 * @param state before the changes
 */
export function followChanges(
  state: FleetState,
  changes: readonly FleetChange[],
  policy: AlertingPolicy,
  nowMs: number,
): FleetChange[] {
  const { alerting } = state;
  const raised = raiseOfEvents(alerting, conditionsOf(state, changes), nowMs);
  const alerts = [...changes.flatMap(alertOf), ...raised];
  const follows = alertingChanges(putAlerts(alerting, raised));
  if (policy.channels.length === 0) return follows;
  const outbox = new OutboxBuilder(alerting, policy);
  const tellings: Telling[] = [
    ...changes.flatMap((change) => tellChange(state, changes, change, nowMs)),
    ...alerts.flatMap((alert) => tellAlert(alerting.alerts.get(alert.alertId), alert, alerting, nowMs)),
    ...changes.flatMap((change) => tellIncidentChange(state, change, nowMs)),
  ];
  for (const { draft, roles } of tellings) outbox.post(draft, roles);
  return [...follows, ...alertingChanges(outbox.change())];
}

function conditionsOf(state: FleetState, changes: readonly FleetChange[]) {
  return changes.flatMap((change) => {
    if (change.kind === 'add-event') {
      const environment = state.devices.get(change.event.deviceId)?.reported.environment ?? null;
      return conditionsOfEvent(change.event, environment);
    }
    if (change.kind !== 'add-audit') return [];
    return conditionsOfAudit(change.entry, rolloutAfter(state, changes, change.entry.subject));
  });
}

function alertOf(change: FleetChange): Alert[] {
  return change.kind === 'put-alerting' && change.record.of === 'alert' ? [change.record.value] : [];
}

function tellIncidentChange({ alerting }: FleetState, change: FleetChange, nowMs: number): Telling[] {
  if (change.kind !== 'put-alerting' || change.record.of !== 'incident') return [];
  const { key, value } = change.record;
  return tellIncident(alerting.incidents.get(key), value, nowMs);
}

function tellChange(state: FleetState, changes: readonly FleetChange[], change: FleetChange, nowMs: number): Telling[] {
  if (change.kind === 'add-event') return tellDevice(change.event, nowMs);
  if (change.kind !== 'add-audit') return [];
  const rollout = rolloutAfter(state, changes, change.entry.subject);
  return rollout === undefined ? [] : [tellRollout(change.entry, rollout, nowMs)];
}

/** The rollout of an id as the changes leave it. */
function rolloutAfter(state: FleetState, changes: readonly FleetChange[], rolloutId: string): Rollout | undefined {
  if (!satisfies(rolloutIdSchema, rolloutId)) return undefined;
  const put = changes.findLast((change) => change.kind === 'put-rollout' && change.rollout.rolloutId === rolloutId);
  return put?.kind === 'put-rollout' ? put.rollout : state.rollouts.get(rolloutId);
}
