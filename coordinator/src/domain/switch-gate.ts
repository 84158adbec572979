import type { DeviceId, Digest, SlotName } from '@liquid-lln/protocol';
import type { KnownDevice } from './fleet-view.js';

/** Why a device keeps its environment from switching. */
export interface SwitchFault {
  readonly deviceId: DeviceId;
  readonly code: 'SLOT_NOT_STAGED' | 'SLOT_LIVE' | 'PACKAGE_QUARANTINED';
  /** In words that follow the device's name. */
  readonly reason: string;
}

type Condition = (device: KnownDevice, slot: SlotName, digest: Digest) => Omit<SwitchFault, 'deviceId'> | null;

/**
 * What must be so of a device before the slot goes live; null where it is. Each is looked at on its own, so another
 * one, such as a stored result of `verify` for the package, is one more entry.
 */
const conditions: readonly Condition[] = [servesTheOther, holdsPackage, isNotQuarantined];

/** The first thing that speaks against switching a device to a slot; none for one that has switched already. */
export function findSwitchFaults(device: KnownDevice, slot: SlotName, digest: Digest): SwitchFault[] {
  if (isSwitched(device, slot, digest)) return [];
  const fault = conditions.map((condition) => condition(device, slot, digest)).find((found) => found !== null);
  return fault === undefined ? [] : [{ deviceId: device.deviceId, ...fault }];
}

/** Whether a device serves from the slot already, confirmed. @param digest this package; any if null */
export function isSwitched({ reported }: KnownDevice, slot: SlotName, digest: Digest | null): boolean {
  const { running } = reported;
  const isIt = running?.slot === slot && running.state === 'confirmed';
  return isIt && (digest === null || running.digest === digest);
}

function servesTheOther({ reported }: KnownDevice, slot: SlotName) {
  const { running } = reported;
  if (running?.slot !== slot) return null;
  return { code: 'SLOT_LIVE' as const, reason: `serves ${running.name}@${running.version} from ${slot}` };
}

function holdsPackage({ reported }: KnownDevice, slot: SlotName, digest: Digest) {
  const { state, package: content, failure } = reported.slots[slot];
  if (content?.digest === digest && (state === 'staged' || state === 'confirmed')) return null;
  const what = content === null ? `${slot} is empty` : `${slot} holds ${content.name}@${content.version}, ${state}`;
  const reason = `does not hold it: ${what}${failure === null ? '' : ` (${failure})`}`;
  return { code: 'SLOT_NOT_STAGED' as const, reason };
}

function isNotQuarantined({ reported }: KnownDevice, _: SlotName, digest: Digest) {
  if (!reported.quarantined.includes(digest)) return null;
  return { code: 'PACKAGE_QUARANTINED' as const, reason: 'rolled it back before' };
}
