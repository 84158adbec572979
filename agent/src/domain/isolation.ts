import { type DeviceId, type Isolation, type IsolationDocument, LlnError } from '@liquid-lln/protocol';

/** What a device holds after it was told something; the same object as before if that is not newer. */
export function takeIsolation(known: Isolation | null, told: IsolationDocument, nowMs: number): Isolation | null {
  if (told.revision <= (known?.revision ?? 0)) return known;
  const { revision, isolated, reason, by } = told;
  const isSame = known !== null && known.isolated === isolated;
  return { revision, isolated, reason, by, sinceMs: isSame ? known.sinceMs : nowMs };
}

/** @throws LlnError DEVICE_ISOLATED for a client of a device that is isolated */
export function refuseIsolated(deviceId: DeviceId, isolation: Isolation | null): void {
  if (isolation?.isolated !== true) return;
  const { by, reason, sinceMs } = isolation;
  throw new LlnError('DEVICE_ISOLATED', `${deviceId} was isolated by ${by}: ${reason}`, { deviceId, sinceMs });
}
