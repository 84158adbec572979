import type { DeviceId, MeasuredDevice } from '@liquid-lln/protocol';
import type { Work } from './pace.js';

/** What is worth a line: the ends of devices, as they come. */
export function measurementChanges(
  known: ReadonlyMap<DeviceId, MeasuredDevice>,
  changed: readonly MeasuredDevice[],
): string[] {
  return changed.flatMap(({ deviceId, state, error, progress }) => {
    const before = known.get(deviceId)?.state;
    if (state === before) return [];
    if (state === 'failed') return [`  ${deviceId}: ${error?.message ?? 'failed'} [${error?.code ?? ''}]`];
    if (state === 'done') return [`  ${deviceId}: done`];
    return progress === null ? [] : [`  ${deviceId}: measuring`];
  });
}

/** How far all devices are together, in per cent, with what they do in a second. */
export function progressOf(devices: readonly MeasuredDevice[], elapsedMs: number): Work {
  const shares = devices.map(shareOf);
  const done = shares.reduce((sum, share) => sum + share, 0) / Math.max(1, devices.length);
  const ended = devices.filter(({ state }) => state === 'done' || state === 'failed').length;
  const text = `%, ${ended} of ${devices.length} devices done${rateText(devices, elapsedMs)}`;
  return { done: Math.round(done * 100), total: 100, text, rate: null };
}

function shareOf({ state, progress }: MeasuredDevice): number {
  if (state === 'done' || state === 'failed') return 1;
  return progress === null || progress.total === 0 ? 0 : Math.min(1, progress.done / progress.total);
}

function rateText(devices: readonly MeasuredDevice[], elapsedMs: number): string {
  const known = devices.flatMap(({ progress }) => (progress === null || progress.unit === '' ? [] : [progress]));
  const unit = known[0]?.unit;
  if (unit === undefined || unit === 'seconds' || elapsedMs < 1_000) return '';
  const done = known.reduce((sum, progress) => sum + progress.done, 0);
  return `, ${Math.round(done / (elapsedMs / 1_000))} ${unit}/s`;
}
