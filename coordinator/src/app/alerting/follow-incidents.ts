import type { Incident } from '@liquid-lln/protocol';
import { chooseIsolation } from '../../domain/alerting/emergency.js';
import { acknowledgeIncident, acknowledgementOf, stepEscalation } from '../../domain/alerting/escalation.js';
import { findTriggers, type Present, putIncidents, takeTriggers } from '../../domain/alerting/incident-book.js';
import type { AlertingPolicy } from '../../domain/alerting/policy.js';
import type { FleetView } from '../../domain/fleet-view.js';
import type { FleetChange } from '../../ports/fleet-store.js';
import type { FleetState } from '../fleet-state.js';
import { coordinatorActor } from '../reconcile.js';
import { alertingChanges } from './alerting-changes.js';
import { decideEmergency, type Emergency } from './emergency.js';

export interface FollowedIncidents {
  readonly changes: readonly FleetChange[];
  readonly emergencies: readonly Emergency[];
}

/** What alerts and time do to incidents: they open, grow, are told, escalate and recover; some are emergencies. */
export function followIncidents(
  state: FleetState,
  fleet: FleetView,
  policy: AlertingPolicy,
  present: Present,
): FollowedIncidents {
  const { alerting } = state;
  const { nowMs } = present;
  const triggers = findTriggers(alerting, policy.escalation, present);
  const { opened, changed } = takeTriggers(alerting, triggers, coordinatorActor, nowMs);
  const { automatic } = policy.emergency;
  const [urgent] = opened.filter(({ cause }) => automatic.includes(cause));
  // One at a time: what the first has stopped and isolated, the second finds so at the next look.
  const emergency = urgent === undefined ? null : runEmergency(state, fleet, urgent, policy, nowMs);
  const touched = new Set([...opened, ...changed].map(({ incidentId }) => incidentId));
  const others = [...alerting.incidents.values()].filter(({ incidentId }) => !touched.has(incidentId));
  const isCalm = (incident: Incident) => urgent !== undefined && opened.includes(incident);
  const moved = [...opened.filter((incident) => !isCalm(incident)), ...changed, ...others].flatMap((incident) => {
    const after = moveOn(incident, state, policy, nowMs);
    return after === alerting.incidents.get(incident.incidentId) ? [] : [after];
  });
  return {
    changes: [...alertingChanges(putIncidents(alerting, moved)), ...(emergency?.changes ?? [])],
    emergencies: emergency === null ? [] : [emergency],
  };
}

/** Somebody may have acknowledged all its alerts; otherwise it may be time to tell people. */
function moveOn(incident: Incident, { alerting }: FleetState, policy: AlertingPolicy, nowMs: number): Incident {
  const acknowledged = acknowledgementOf(incident, alerting);
  if (acknowledged !== null) return acknowledgeIncident(incident, acknowledged);
  return stepEscalation(incident, policy, coordinatorActor, nowMs);
}

function runEmergency(
  state: FleetState,
  fleet: FleetView,
  incident: Incident,
  policy: AlertingPolicy,
  nowMs: number,
): Emergency {
  const reason = `${incident.title}: ${incident.timeline[0]?.text ?? ''}`.slice(0, 500);
  const { devices, left } = chooseIsolation(
    incident.devices,
    fleet,
    state.isolations,
    policy.emergency.isolateRatioMax,
  );
  const init = { incident, reason, by: coordinatorActor, nowMs, devices, left, role: null };
  return decideEmergency(state, fleet, init, policy);
}
