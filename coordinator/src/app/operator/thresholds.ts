import { parseWith, requestIdSchema, thresholdsFrom } from '@liquid-lln/protocol';
import { refuseStrangers, thresholdChanges } from '../../domain/threshold-update.js';
import type { FleetChange } from '../../ports/fleet-store.js';
import { adoptionOrder } from '../measure/adoption-order.js';
import { viewFleet } from '../views.js';
import type { Handler } from './operator-context.js';

/** What a baseline would change, or changes: stored and audited first, then told to the devices. */
export const updateThresholds: Handler<'thresholds-update'> = async ({ figures, isApplied }, { actor }, components) => {
  const { ledger, presence, clock, measurements, secrets } = components;
  const fleet = viewFleet(ledger.state, presence);
  refuseStrangers(figures, fleet);
  const wanted = figures.map(thresholdsFrom);
  const changes = thresholdChanges(wanted, (deviceId) => presence.healthOf(deviceId)?.head ?? null);
  const changed = new Set(changes.map(({ deviceId }) => deviceId));
  const told = wanted.filter(({ deviceId }) => changed.has(deviceId));
  if (!isApplied || told.length === 0) return { of: 'thresholds-update', changes, measurementId: null };
  const atMs = clock.wallMs();
  const entry = {
    atMs,
    actor,
    action: 'thresholds-updated',
    subject: `${told.length} devices`,
    reason: null,
    detail: changes
      .map(
        ({ deviceId, metric, before, after, unit }) => `${deviceId}: ${metric} ${before ?? 'none'} to ${after} ${unit}`,
      )
      .join('; '),
  };
  await ledger.change(() => ({
    changes: [
      ...told.map((thresholds): FleetChange => ({ kind: 'put-thresholds', record: { ...thresholds, atMs, actor } })),
      { kind: 'add-audit', entry },
    ],
    result: null,
  }));
  const measurementId = parseWith(requestIdSchema, `t-${secrets.newSeed()}`, 'measurement id');
  measurements.begin(measurementId, adoptionOrder(told, fleet, actor));
  return { of: 'thresholds-update', changes, measurementId };
};
