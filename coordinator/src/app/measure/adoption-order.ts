import type { AdoptedThresholds } from '@liquid-lln/protocol';
import type { FleetView } from '../../domain/fleet-view.js';
import type { MeasurementOrder } from './measurement-board.js';

const shareForAdoption = 0.2;
const timeoutSeconds = 60;

/** Tells devices the thresholds that are theirs. */
export function adoptionOrder(
  thresholds: readonly AdoptedThresholds[],
  fleet: FleetView,
  actor: string,
): MeasurementOrder {
  return {
    devices: thresholds.flatMap(({ deviceId }) => fleet.get(deviceId) ?? []),
    slot: 'live',
    spec: { kind: 'adopt', thresholds: [...thresholds] },
    share: shareForAdoption,
    timeoutSeconds,
    origin: { target: 'baseline', actor },
  };
}
