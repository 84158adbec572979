import {
  type DeviceId,
  type Digest,
  type SlotName,
  type Suite,
  suiteChecks,
  type VerificationRecord,
} from '@liquid-lln/protocol';
import type { KnownDevice } from './fleet-view.js';

/** Why a device keeps its environment from switching. */
export interface SwitchFault {
  readonly deviceId: DeviceId;
  readonly code: 'SLOT_NOT_STAGED' | 'SLOT_LIVE' | 'PACKAGE_QUARANTINED';
  /** In words that follow the device's name. */
  readonly reason: string;
}

type Condition = (device: KnownDevice, slot: SlotName, digest: Digest) => Omit<SwitchFault, 'deviceId'> | null;

/** What must be so of a device before the slot goes live; null where it is. */
const conditions: readonly Condition[] = [servesTheOther, holdsPackage, isNotQuarantined];

/** The first thing that speaks against switching a device to a slot; none for one that has switched already. */
export function findSwitchFaults(device: KnownDevice, slot: SlotName, digest: Digest): SwitchFault[] {
  if (isSwitched(device, slot, digest)) return [];
  const fault = conditions.map((condition) => condition(device, slot, digest)).find((found) => found !== null);
  return fault === undefined ? [] : [{ deviceId: device.deviceId, ...fault }];
}

/**
 * Who has not verified the package yet, of the devices that have not switched: the last `verify` of a suite that
 * answers for production has to have passed. What a device that joins later holds is tried by its trial alone.
 */
export function findUnverified(
  devices: readonly KnownDevice[],
  slot: SlotName,
  digest: Digest,
  verifications: Iterable<VerificationRecord>,
): { readonly deviceId: DeviceId; readonly reason: string }[] {
  const last = new Map<DeviceId, VerificationRecord>();
  for (const record of verifications) {
    if (record.package.digest !== digest || !answersForProduction(record.suite)) continue;
    if (record.atMs >= (last.get(record.deviceId)?.atMs ?? 0)) last.set(record.deviceId, record);
  }
  return devices.flatMap((device) => {
    const { deviceId } = device;
    const record = last.get(deviceId);
    if (isSwitched(device, slot, digest) || record?.isPassed === true) return [];
    return [{ deviceId, reason: record === undefined ? 'has not verified it' : `did not pass ${describe(record)}` }];
  });
}

/** Whether a suite makes all the checks of `production`. */
function answersForProduction(suite: Suite): boolean {
  return suiteChecks.production.every((name) => suiteChecks[suite].includes(name));
}

function describe({ suite, checks }: VerificationRecord): string {
  const open = checks.filter(({ state }) => state === 'failed' || state === 'inconclusive');
  const named = open.map(({ name, state }) => `${name} ${state}`).join(', ');
  return named === '' ? suite : `${suite}: ${named}`;
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
