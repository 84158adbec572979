import { type Breach, heartbeatsMissedMax, type PackageIdentity } from '@liquid-lln/protocol';
import type { FleetDevice } from './fleet-view.js';

/**
 * Why a device is not healthy, in words; empty if it is. Silence is a fault, never health.
 * @param breaches of its last health message; none where it sent none
 */
export function findFaults(
  device: FleetDevice,
  breaches: readonly Breach[],
  desired: PackageIdentity | null,
  heartbeatSeconds: number,
): string[] {
  if (!device.isOnline) return ['offline'];
  return [
    ...livenessFaults(device, heartbeatSeconds),
    ...packageFaults(device, desired),
    ...breaches.map(describeBreach),
  ];
}

function livenessFaults(device: FleetDevice, heartbeatSeconds: number): string[] {
  const silentMsMax = heartbeatsMissedMax * heartbeatSeconds * 1_000;
  if (device.silentMs <= silentMsMax) return [];
  return [`unresponsive: silent for ${Math.round(device.silentMs / 1_000)} s`];
}

/** Of a device that serves nothing. */
export const noPackageFault = 'no package is live';

function packageFaults({ reported }: FleetDevice, desired: PackageIdentity | null): string[] {
  const { running } = reported;
  if (running === null) return [noPackageFault];
  const faults = running.state === 'trial' ? [`${running.name}@${running.version} is on trial, unconfirmed`] : [];
  if (desired !== null && desired.digest !== running.digest)
    faults.push(`runs ${running.name}@${running.version} instead of ${desired.name}@${desired.version}`);
  return faults;
}

/** A breach in words. */
export function describeBreach(breach: Breach): string {
  const figure = (value: number) => Number(value.toPrecision(3));
  return `${breach.metric} ${figure(breach.value)} ${breach.unit} over its ${breach.level} limit of ${figure(breach.limit)}`;
}
