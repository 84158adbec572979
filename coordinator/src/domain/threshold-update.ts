import {
  type AdoptedThresholds,
  type DeviceId,
  type HealthMessage,
  LlnError,
  type MeasuredFigures,
  type ThresholdChange,
} from '@liquid-lln/protocol';

/** What would change on each device: only figures that are others than those in force. */
export function thresholdChanges(
  wanted: readonly AdoptedThresholds[],
  healthOf: (deviceId: DeviceId) => Pick<HealthMessage, 'thresholds'> | null,
): ThresholdChange[] {
  return wanted.flatMap((thresholds) => {
    const health = healthOf(thresholds.deviceId);
    const inForce = health?.thresholds ?? null;
    const rows = [
      { metric: 'latency', unit: 'us', before: inForce?.latencyUs ?? null, after: thresholds.latencyUs },
      { metric: 'energy', unit: 'mW', before: inForce?.energyMw ?? null, after: thresholds.energyMw },
    ] as const;
    return rows.flatMap(({ metric, unit, before, after }) => {
      if (after === null || (before?.value === after && before.origin === 'baseline')) return [];
      return [
        {
          deviceId: thresholds.deviceId,
          metric,
          unit,
          before: before?.value ?? null,
          origin: before?.origin ?? null,
          after,
        },
      ];
    });
  });
}

/** @throws LlnError TARGET_UNKNOWN if the baseline has devices that the fleet does not have */
export function refuseStrangers(
  figures: readonly MeasuredFigures[],
  known: { has(deviceId: DeviceId): boolean },
): void {
  const stranger = figures.find(({ deviceId }) => !known.has(deviceId));
  if (stranger === undefined) return;
  throw new LlnError('TARGET_UNKNOWN', `${stranger.deviceId} is in the baseline and not in this fleet`);
}
