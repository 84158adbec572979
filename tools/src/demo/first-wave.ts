import type { DeviceView, RolloutSummary } from '@liquid-lln/protocol';

/** Who a rollout begins with. */
export interface FirstWave {
  readonly deviceIds: readonly string[];
  /** The sum in words: how many of each kind of device. */
  readonly text: string;
  /** Whether each kind has its share of the wave, rounded down. */
  readonly isFair: boolean;
}

/** @param devices of the target, all of one site */
export function firstWaveOf(
  { waves, members }: Pick<RolloutSummary, 'waves' | 'members'>,
  devices: readonly Pick<DeviceView, 'deviceId' | 'kind'>[],
): FirstWave {
  const percent = waves[0]?.percent ?? 0;
  const deviceIds = members.filter(({ waveIndex }) => waveIndex === 0).map(({ deviceId }) => deviceId);
  const first = new Set<string>(deviceIds);
  const kinds = [...new Set(devices.map(({ kind }) => kind))].sort().map((kind) => {
    const all = devices.filter((device) => device.kind === kind);
    const chosen = all.filter(({ deviceId }) => first.has(deviceId)).length;
    return { kind, all: all.length, chosen, share: Math.floor((percent / 100) * all.length) };
  });
  const shares = kinds.map(({ kind, all, chosen }) => `${chosen} of ${all} ${kind}`);
  return {
    deviceIds,
    text: `${percent} % of ${devices.length} is ${deviceIds.length}: ${shares.join(', ')}`,
    isFair: kinds.every(({ chosen, share }) => chosen === share),
  };
}
