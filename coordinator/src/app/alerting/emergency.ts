import type { DeviceId, Incident, Role, RolloutId } from '@liquid-lln/protocol';
import { noteEmergency } from '../../domain/alerting/emergency.js';
import { putIncidents } from '../../domain/alerting/incident-book.js';
import type { AlertingPolicy } from '../../domain/alerting/policy.js';
import type { DesiredState } from '../../domain/desired-state.js';
import type { FleetDevice, FleetView } from '../../domain/fleet-view.js';
import { decideIsolation, type IsolationRecord } from '../../domain/isolation.js';
import type { FleetChange } from '../../ports/fleet-store.js';
import type { FleetState } from '../fleet-state.js';
import { stopRollouts } from '../stop-rollouts.js';
import { alertingChanges } from './alerting-changes.js';

export interface EmergencyInit {
  /** What the emergency is about, opened already. */
  readonly incident: Incident;
  readonly reason: string;
  readonly by: string;
  readonly nowMs: number;
  /** Whose clients are to be turned away. */
  readonly devices: readonly FleetDevice[];
  /** In words, what of that is left to an operator. */
  readonly left: readonly string[];
  readonly role: Role | null;
}

export interface Emergency {
  readonly changes: readonly FleetChange[];
  /** To be published when the changes are on disk. */
  readonly documents: readonly DesiredState[];
  readonly isolations: readonly IsolationRecord[];
  readonly incident: Incident;
  readonly stopped: readonly RolloutId[];
  readonly isolated: readonly DeviceId[];
}

/** The emergency procedure as one decision: all of it is on disk, or none. */
export function decideEmergency(
  state: FleetState,
  fleet: FleetView,
  init: EmergencyInit,
  policy: AlertingPolicy,
): Emergency {
  const { reason, by, nowMs, devices, left, role } = init;
  const stop = stopRollouts(state, [...state.rollouts.values()], { by, reason, nowMs }, fleet);
  const isolations = decideIsolation(devices, state.isolations, { isolated: true, reason, by, nowMs });
  const isolated = devices.map(({ deviceId }) => deviceId);
  const steps = { reason, stopped: stop.stopped, isolated, left, role };
  const incident = noteEmergency(init.incident, steps, { policy, by, nowMs });
  const detail = `stopped: ${stop.stopped.join(', ') || 'nothing'}; isolated: ${isolated.join(', ') || 'nobody'}`;
  const entry = { atMs: nowMs, actor: by, action: 'emergency', subject: incident.incidentId, reason, detail };
  return {
    changes: [
      ...stop.changes,
      ...isolations.map((record) => ({ kind: 'put-isolation' as const, record })),
      { kind: 'add-audit', entry },
      ...alertingChanges(putIncidents(state.alerting, [incident])),
    ],
    documents: stop.documents,
    isolations,
    incident,
    stopped: stop.stopped,
    isolated,
  };
}
