import { type DeviceShare, devicesOfShare, type RolloutLimits } from '@liquid-lln/protocol';

/** What holds a rollout back beside its waves, as it is stored; null where nothing does. */
export interface LimitsInForce {
  readonly failureBudget: DeviceShare | null;
  /** Devices, or gateways where they are taken whole, that may be on the way at once. */
  readonly maxUnavailable: number | null;
  readonly ratePerMinute: number | null;
  readonly silenceSecondsMax: number | null;
}

export const noLimits: LimitsInForce = {
  failureBudget: null,
  maxUnavailable: null,
  ratePerMinute: null,
  silenceSecondsMax: null,
};

/**
 * Limits as somebody asked for them, for a target of `places` devices or whole gateways.
 * @param before what is left out stays as it is here
 */
export function limitsFrom(wanted: RolloutLimits, places: number, before: LimitsInForce = noLimits): LimitsInForce {
  const { failureBudget, maxUnavailable, ratePerMinute, silenceSecondsMax } = wanted;
  return {
    failureBudget: failureBudget ?? before.failureBudget,
    // None at all would be a rollout that cannot begin.
    maxUnavailable:
      maxUnavailable === undefined ? before.maxUnavailable : Math.max(1, devicesOfShare(maxUnavailable, places)),
    ratePerMinute: ratePerMinute ?? before.ratePerMinute,
    silenceSecondsMax: silenceSecondsMax ?? before.silenceSecondsMax,
  };
}

/** Devices of `assigned` that may fail or stay silent. */
export function failuresAllowed({ failureBudget }: LimitsInForce, assigned: number): number {
  return failureBudget === null ? 0 : devicesOfShare(failureBudget, assigned);
}

/** What a device waits for whose turn has not come, in words. */
export function describePace({ maxUnavailable, ratePerMinute }: LimitsInForce): string {
  const parts = [
    maxUnavailable === null ? '' : `at most ${maxUnavailable} at once`,
    ratePerMinute === null ? '' : `${ratePerMinute} a minute`,
  ];
  return `its turn: ${parts.filter((part) => part !== '').join(', ')}`;
}
