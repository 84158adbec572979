import type { Incident, IncidentId } from '@liquid-lln/protocol';
import { LlnError } from '@liquid-lln/protocol';
import { acknowledgeAlerts, countOf, putAlerts } from '../../domain/alerting/alert-book.js';
import { isActive } from '../../domain/alerting/alert-tracker.js';
import { acknowledgeIncident, closeIncident, escalateTo } from '../../domain/alerting/escalation.js';
import { addEntry, findIncident, openIncident, putIncidents } from '../../domain/alerting/incident-book.js';
import { resolveTarget } from '../../domain/target-resolution.js';
import { alertingChanges } from '../alerting/alerting-changes.js';
import { decideEmergency, type Emergency } from '../alerting/emergency.js';
import type { Decision } from '../fleet-ledger.js';
import { type FleetState, requestKey } from '../fleet-state.js';
import { viewFleet } from '../views.js';
import type { Caller, Handler } from './operator-context.js';

/** The newest first. */
export const listIncidents: Handler<'incidents'> = async ({ withClosed, limit }, _, { ledger }) => ({
  of: 'incidents',
  incidents: [...ledger.state.alerting.incidents.values()]
    .filter(({ status }) => withClosed || status !== 'closed')
    .reverse()
    .slice(0, limit),
});

/** Whoever takes an incident knows of its alerts, too. */
export const acknowledgeAnIncident: Handler<'incident-acknowledge'> = async (request, caller, components) => {
  const { incidentId, reason } = request;
  const atMs = components.clock.wallMs();
  const incident = await components.ledger.change((state) => {
    const acknowledged = { by: caller.actor, reason, atMs };
    const before = findIncident(state.alerting, incidentId);
    const active = before.alerts.filter((alertId) => {
      const alert = state.alerting.alerts.get(alertId);
      return alert !== undefined && isActive(alert);
    });
    const alerts = acknowledgeAlerts(state.alerting, active, acknowledged);
    const decision = decided(state, acknowledgeIncident(before, acknowledged), 'incident-acknowledge', reason, caller);
    return { ...decision, changes: [...alertingChanges(putAlerts(state.alerting, alerts)), ...decision.changes] };
  });
  return { of: 'incident-acknowledge', incident };
};

export const closeAnIncident: Handler<'incident-close'> = async ({ incidentId, reason }, caller, components) => {
  const atMs = components.clock.wallMs();
  const incident = await components.ledger.change((state) => {
    const closed = closeIncident(findIncident(state.alerting, incidentId), { by: caller.actor, reason, atMs });
    return decided(state, closed, 'incident-close', reason, caller);
  });
  return { of: 'incident-close', incident };
};

export const document: Handler<'document'> = async ({ incidentId, note }, caller, components) => {
  const atMs = components.clock.wallMs();
  const incident = await components.ledger.change((state) => {
    const before = incidentMeant(state, incidentId);
    const noted = addEntry(before, { atMs, actor: caller.actor, kind: 'noted', text: note });
    return decided(state, noted, 'document', note.slice(0, 500), caller);
  });
  return { of: 'document', incident };
};

export const escalate: Handler<'escalate'> = async ({ incidentId, role, reason }, caller, components) => {
  const { ledger, alerting: policy, clock } = components;
  const incident = await ledger.change((state) => {
    const telling = { policy, by: caller.actor, nowMs: clock.wallMs() };
    const made = incidentId === null ? madeBy(state, caller) : null;
    if (made !== null) return { changes: [], result: made };
    const before =
      incidentId === null ? openByHand(state, reason, caller, telling.nowMs) : findIncident(state.alerting, incidentId);
    if (before.status === 'closed')
      throw new LlnError('INCIDENT_UNKNOWN', `${before.incidentId} is closed: escalate anew, without --incident`);
    return decided(state, escalateTo(before, firstRole(before, role), reason, telling), 'escalate', reason, caller);
  });
  return { of: 'escalate', incident };
};

/** STOP, ISOLATE, NOTIFY, DOCUMENT, ESCALATE: on disk together, then told to the devices. */
export const emergency: Handler<'emergency'> = async ({ target, role, reason }, caller, components) => {
  const { ledger, presence, distributor, isolations, reconciler, alerting: policy, clock } = components;
  const done = await ledger.change<Omit<Emergency, 'changes'>>((state) => {
    const made = madeBy(state, caller);
    if (made !== null) return { changes: [], result: asBefore(made) };
    const nowMs = clock.wallMs();
    const fleet = viewFleet(state, presence);
    const devices = target === null ? [] : resolveTarget(target, fleet).devices;
    const opened = openByHand(state, reason, caller, nowMs);
    const incident = { ...opened, devices: devices.map(({ deviceId }) => deviceId).slice(0, 1_000) };
    const init = { incident, reason, by: caller.actor, nowMs, devices, left: [], role };
    const result = decideEmergency(state, fleet, init, policy);
    const { changes, ...rest } = result;
    return { changes, result: rest, isUrgent: true };
  });
  await Promise.all([distributor.publish(done.documents), isolations.publish(done.isolations)]);
  reconciler.look();
  return { of: 'emergency', incident: done.incident, stopped: [...done.stopped], isolated: [...done.isolated] };
};

/** What the same request opened before, when its answer was lost. */
function madeBy({ alerting }: FleetState, caller: Caller): Incident | null {
  return [...alerting.incidents.values()].find(({ openedFor }) => openedFor === requestKey(caller)) ?? null;
}

function asBefore(incident: Incident): Omit<Emergency, 'changes'> {
  return { incident, stopped: [], isolated: incident.devices, documents: [], isolations: [] };
}

function openByHand(state: FleetState, reason: string, caller: Caller, nowMs: number): Incident {
  const what = { cause: 'operator' as const, title: reason, detail: reason, alerts: [], devices: [] };
  const init = { ...what, by: caller.actor, nowMs, openedFor: requestKey(caller) };
  return openIncident(countOf(state.alerting, 'incident'), init);
}

/** Of one that nobody was told of yet it is the first role's turn. */
function firstRole(incident: Incident, role: Incident['chain'][number] | null) {
  return incident.escalation.toldMs === null ? (role ?? incident.chain[0] ?? null) : role;
}

/** @throws LlnError INCIDENT_UNKNOWN */
function incidentMeant({ alerting }: FleetState, incidentId: IncidentId | null): Incident {
  if (incidentId !== null) return findIncident(alerting, incidentId);
  const newest = [...alerting.incidents.values()].findLast(({ status }) => status !== 'closed');
  if (newest === undefined) throw new LlnError('INCIDENT_UNKNOWN', 'no incident is open');
  return newest;
}

function decided(
  state: FleetState,
  incident: Incident,
  action: string,
  reason: string,
  { actor }: Caller,
): Decision<Incident> {
  const { timeline, incidentId, title } = incident;
  const atMs = timeline.at(-1)?.atMs ?? incident.openedMs;
  const entry = { atMs, actor, action, subject: incidentId, reason, detail: title };
  return {
    changes: [...alertingChanges(putIncidents(state.alerting, [incident])), { kind: 'add-audit', entry }],
    result: incident,
  };
}
