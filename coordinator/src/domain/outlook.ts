import {
  type DeviceId,
  type HealthMessage,
  heartbeatsMissedMax,
  type Outlook,
  type Policy,
  probesPerSecondMax,
  type WindowFigures,
} from '@liquid-lln/protocol';
import { describeBreach } from './device-faults.js';
import type { FleetDevice } from './fleet-view.js';
import { describeDevices } from './name-devices.js';
import type { Rollout } from './rollout.js';
import { failuresAllowed } from './rollout-limits.js';

/** A device of a first wave, with what it last said. */
export interface WaveDevice {
  readonly device: FleetDevice;
  readonly health: HealthMessage | null;
}

/** Letters of an outlook's detail that names may take. */
const namesLengthMax = 800;

/**
 * What the gates of a rollout's first wave have to say before anything begins: of devices as they are now, with what they
 * run now. What the new package will do nobody knows yet.
 */
export function foresee(rollout: Rollout, devices: readonly WaveDevice[], policy: Policy): Outlook[] {
  if (devices.length === 0)
    return [
      { gate: 'presence', verdict: 'fails', detail: 'the first wave has no devices: an empty wave never passes' },
    ];
  return [
    presence(rollout, devices, policy),
    unavailable(rollout, devices),
    limits(devices),
    evidence(devices, policy),
  ].filter((outlook) => outlook !== null);
}

/** Devices of the first wave; those beyond it are not asked yet. */
export function firstWave({ members }: Rollout): DeviceId[] {
  return members.filter(({ waveIndex }) => waveIndex === 0).map(({ deviceId }) => deviceId);
}

function presence(rollout: Rollout, devices: readonly WaveDevice[], policy: Policy): Outlook {
  const silentMsMax = heartbeatsMissedMax * policy.heartbeatSeconds * 1_000;
  const away = devices.filter(({ device }) => !device.isOnline || device.silentMs > silentMsMax);
  const allowed = failuresAllowed(rollout.limits, devices.length);
  const figures = `${devices.length - away.length} of ${devices.length} devices of the first wave are heard`;
  if (away.length === 0) return { gate: 'presence', verdict: 'passes', detail: figures };
  const budget = `${allowed} may fail or stay silent`;
  const verdict = away.length <= allowed && away.length < devices.length ? 'passes' : 'holds';
  return { gate: 'presence', verdict, detail: `${figures}, ${budget}; not heard: ${name(away, describeSilence)}` };
}

function describeSilence({ device }: WaveDevice): string {
  return device.isOnline ? `${device.deviceId} (silent for ${Math.round(device.silentMs / 1_000)} s)` : device.deviceId;
}

/** Devices that are away use up places as soon as they are told. */
function unavailable({ limits: { maxUnavailable } }: Rollout, devices: readonly WaveDevice[]): Outlook | null {
  if (maxUnavailable === null) return null;
  const away = devices.filter(({ device }) => !device.isOnline).length;
  const detail = `${away} of the ${maxUnavailable} devices that may be on the way at once are away`;
  return { gate: 'unavailable', verdict: away < maxUnavailable ? 'passes' : 'holds', detail };
}

/** Limits that are passed already say something of the device, not of the package: a trial there would be lost. */
function limits(devices: readonly WaveDevice[]): Outlook {
  const over = devices.filter(({ health }) => (health?.breaches ?? []).length > 0);
  if (over.length === 0)
    return { gate: 'limits', verdict: 'passes', detail: 'no device passes a limit with what it runs now' };
  const isLost = over.some(({ health }) => health?.breaches.some(({ level }) => level === 'rollback'));
  const detail = `over a limit with what they run now: ${name(over, describeBreaches)}`;
  return { gate: 'limits', verdict: isLost ? 'fails' : 'holds', detail };
}

function describeBreaches({ device, health }: WaveDevice): string {
  return `${device.deviceId} (${(health?.breaches ?? []).map(describeBreach).join(', ')})`;
}

/** How long a trial would last at the rate at which each device is asked now. */
function evidence(devices: readonly WaveDevice[], policy: Policy): Outlook {
  const known = devices.flatMap(({ device, health }) =>
    health === null ? [] : [{ deviceId: device.deviceId, perSecond: rateOf(health.window) }],
  );
  const slowest = known.toSorted((a, b) => a.perSecond - b.perSecond)[0];
  const { evidenceInferencesMin, soakSeconds, trialSecondsMax } = policy;
  if (slowest === undefined)
    return { gate: 'evidence', verdict: 'holds', detail: 'no device of the first wave has told how often it is asked' };
  // What clients do not ask in time the agent does.
  const neededSeconds = Math.ceil(evidenceInferencesMin / (slowest.perSecond + probesPerSecondMax));
  const trialSeconds = Math.max(neededSeconds, soakSeconds);
  const detail =
    `a trial needs ${evidenceInferencesMin} clean inferences and ${soakSeconds} s; ${slowest.deviceId}, the least asked, answers ` +
    `${Number(slowest.perSecond.toPrecision(2))} a second, to which its agent may add ${probesPerSecondMax}: ${trialSeconds} s at least`;
  return { gate: 'evidence', verdict: trialSeconds < trialSecondsMax ? 'passes' : 'fails', detail };
}

function rateOf({ inferences, seconds }: WindowFigures): number {
  return seconds === 0 ? 0 : inferences / seconds;
}

function name(devices: readonly WaveDevice[], describe: (device: WaveDevice) => string): string {
  return describeDevices(devices, describe, { separator: '; ' }).slice(0, namesLengthMax);
}
