import type { DeviceId, Environment, Incident, Role } from '@liquid-lln/protocol';
import type { FleetDevice, FleetView } from '../fleet-view.js';
import { type Isolations, viewIsolation } from '../isolation.js';
import { escalateTo, stepEscalation, type TellingOf } from './escalation.js';
import { addEntry } from './incident-book.js';

export interface IsolationChoice {
  readonly devices: readonly FleetDevice[];
  /** In words, what is left to an operator. */
  readonly left: readonly string[];
}

/**
 * The devices that may be isolated without anybody's word: never more than a share of their environment together with those
 * that are isolated already, one at least. A coordinator that sees half of a fleet fail sees its own network fail, more often
 * than not, and must not take the fleet out of service for it.
 */
export function chooseIsolation(
  ids: readonly DeviceId[],
  fleet: FleetView,
  isolations: Isolations,
  ratioMax: number,
): IsolationChoice {
  const wanted = ids.flatMap((id) => fleet.get(id) ?? []);
  const environments = new Set(wanted.map(({ environment }) => environment));
  const choices = [...environments].map((environment) => {
    const meant = wanted.filter((device) => device.environment === environment);
    const all = [...fleet.values()].filter((device) => device.environment === environment);
    const isolated = all.filter((device) => viewIsolation(device, isolations).isolated && !meant.includes(device));
    const most = Math.max(1, Math.floor(all.length * ratioMax));
    if (meant.length + isolated.length <= most) return { devices: meant, left: [] };
    return { devices: [], left: [tooMany(environment, meant.length, all.length, most)] };
  });
  return { devices: choices.flatMap(({ devices }) => devices), left: choices.flatMap(({ left }) => left) };
}

function tooMany(environment: Environment, meant: number, all: number, most: number): string {
  return `${meant} of ${all} devices of ${environment} are concerned, ${most} may be isolated without an operator's word`;
}

/** What was done, in the order in which it is done. */
export interface EmergencySteps {
  readonly reason: string;
  /** Rollouts that were halted. */
  readonly stopped: readonly string[];
  readonly isolated: readonly DeviceId[];
  readonly left: readonly string[];
  /** Whom to escalate to; null for whose turn it is. */
  readonly role: Role | null;
}

/** The incident of an emergency: STOP, ISOLATE, NOTIFY, DOCUMENT and ESCALATE, each in its timeline. */
export function noteEmergency(incident: Incident, steps: EmergencySteps, telling: TellingOf): Incident {
  const { by, nowMs } = telling;
  const { reason, stopped, isolated, left, role } = steps;
  const isolation = [isolated.length === 0 ? 'no device' : isolated.join(', '), ...left].join('; ');
  const entries = [
    {
      kind: 'stopped' as const,
      text: `STOP: ${stopped.length === 0 ? 'no rollout was open' : `halted ${stopped.join(', ')}`}`,
    },
    { kind: 'isolated' as const, text: `ISOLATE: ${isolation}` },
    { kind: 'notified' as const, text: 'NOTIFY: every role is told' },
    { kind: 'noted' as const, text: `DOCUMENT: ${reason}` },
  ];
  const noted = entries.reduce((current, entry) => addEntry(current, { atMs: nowMs, actor: by, ...entry }), incident);
  const marked: Incident = { ...noted, emergency: { by, reason: reason.slice(0, 500), atMs: nowMs } };
  const isFirst = marked.escalation.toldMs === null && role === null;
  return isFirst
    ? stepEscalation(marked, telling.policy, by, nowMs)
    : escalateTo(marked, role, 'the emergency procedure', telling);
}
