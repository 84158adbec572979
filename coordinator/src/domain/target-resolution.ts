import {
  deviceKindSchema,
  type Environment,
  environmentSchema,
  LlnError,
  type SlotName,
  satisfies,
  slotNameSchema,
  type Target,
} from '@liquid-lln/protocol';
import type { FleetDevice, FleetView } from './fleet-view.js';
import type { RolloutScope } from './rollout.js';

export interface ResolvedTarget {
  /** How the target is shown and compared. */
  readonly label: string;
  /** A whole environment is told by wave documents; any other choice device by device. */
  readonly scope: RolloutScope;
  /** By device id, so that a plan can be repeated. */
  readonly devices: readonly FleetDevice[];
}

/** One slot of every device of an environment, as `production-green` names it. */
export interface SlotTarget extends ResolvedTarget {
  readonly environment: Environment;
  readonly slot: SlotName;
}

/** What `ENVIRONMENT-SLOT` names; null for any other target. */
export function parseSlotTarget({ name, environment }: Target): Pick<SlotTarget, 'environment' | 'slot'> | null {
  const [, place, slot] = /^([a-z]+)-([a-z]+)$/.exec(name) ?? [];
  if (!satisfies(environmentSchema, place) || !satisfies(slotNameSchema, slot)) return null;
  return environment === null || environment === place ? { environment: place, slot } : null;
}

/**
 * The devices whose slot a target means.
 * @throws LlnError USAGE if it names no slot of an environment, TARGET_EMPTY if the environment has no device
 */
export function resolveSlots(target: Target, fleet: FleetView): SlotTarget {
  const named = parseSlotTarget(target);
  if (named === null)
    throw new LlnError('USAGE', `${target.name} names no slot of an environment, such as production-green`);
  const resolved = resolveTarget({ name: named.environment, environment: null }, fleet);
  return { ...resolved, ...named, label: target.name };
}

/**
 * The devices that a target means: an environment, `all`, a device id, a kind of device, or an address.
 * @throws LlnError TARGET_UNKNOWN if the name means nothing here, TARGET_EMPTY if it means no device, USAGE if it names
 * a slot of an environment, which devices do not have in common
 */
export function resolveTarget(target: Target, fleet: FleetView): ResolvedTarget {
  const { name, environment } = target;
  const slots = parseSlotTarget(target);
  if (slots !== null)
    throw new LlnError('USAGE', `${name} names a slot of devices, not devices: the target is ${slots.environment}`);
  const label = environment === null || environment === name ? name : `${name} in ${environment}`;
  const devices = [...fleet.values()]
    .filter(matcherOf(name, fleet))
    .filter((device) => environment === null || device.environment === environment)
    .sort((a, b) => (a.deviceId < b.deviceId ? -1 : 1));
  if (devices.length === 0)
    throw new LlnError('TARGET_EMPTY', `no device matches the target ${label}`, { target: label });
  return { label, scope: scopeOf(target), devices };
}

function scopeOf({ name, environment }: Target): RolloutScope {
  if (satisfies(environmentSchema, name)) return { kind: 'environment', environment: name };
  if (name === 'all' && environment !== null) return { kind: 'environment', environment };
  return { kind: 'devices' };
}

function matcherOf(name: string, fleet: FleetView): (device: FleetDevice) => boolean {
  if (name === 'all') return () => true;
  if (satisfies(environmentSchema, name)) return (device) => device.environment === name;
  if (satisfies(deviceKindSchema, name)) return (device) => device.kind === name;
  const matches = (device: FleetDevice) => device.deviceId === name || hasAddress(device, name);
  if ([...fleet.values()].some(matches)) return matches;
  throw new LlnError('TARGET_UNKNOWN', `${name} is no environment, device, kind of device or address of this fleet`, {
    target: name,
  });
}

/** Whether a device reports `name` as one of its addresses: the whole URL, or its host with or without the port. */
function hasAddress(device: FleetDevice, name: string): boolean {
  const wanted = stripUrl(name);
  return device.reported.addresses.some((address) => {
    const hostAndPort = stripUrl(address);
    return hostAndPort === wanted || hostAndPort.replace(/:\d+$/, '') === wanted;
  });
}

function stripUrl(address: string): string {
  return address.replace(/^[a-z]+:\/\//, '').replace(/\/.*$/, '');
}
