import { type DeviceShare, LlnError } from '@liquid-lln/protocol';

/** A share of a target as people type it: `25%`, `25`, `12.5%`. */
export function parsePercent(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*%?$/.exec(text.trim());
  const percent = Number(match?.[1] ?? Number.NaN);
  if (!(percent > 0 && percent <= 100)) {
    throw new LlnError('USAGE', `"${text}" is not a share of the target: write a percentage above 0 and up to 100`);
  }
  return percent;
}

/** The waves of a rollout as people type them: `10,50,100`. Each must be larger than the one before it. */
export function parseWaves(text: string): number[] {
  const waves = text.split(',').map(parsePercent);
  if (waves.length > 20) throw new LlnError('USAGE', `${waves.length} waves are too many: at most 20`);
  waves.forEach((percent, index) => {
    if (percent <= (waves[index - 1] ?? 0)) {
      throw new LlnError('USAGE', `waves must grow: ${percent} % does not come after ${waves[index - 1]} %`);
    }
  });
  return waves;
}

/** So many devices, or a share of them: `2`, `10%`. */
export function parseDeviceShare(text: string): DeviceShare {
  const match = /^(\d{1,9})(?:(\.\d+)?\s*(%))?$/.exec(text.trim());
  const value = Number(`${match?.[1] ?? ''}${match?.[2] ?? ''}`);
  if (match !== null && match[3] === undefined) return { devices: value };
  if (match !== null && value <= 100) return { percent: value };
  throw new LlnError('USAGE', `"${text}" is neither a number of devices nor a share of them: write 2 or 10%`);
}
