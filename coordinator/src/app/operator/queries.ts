import { seriesOfRollout } from '../../domain/analysis/rollout-series.js';
import { keptSeconds } from '../../domain/analysis/telemetry.js';
import { resolveTarget } from '../../domain/target-resolution.js';
import { viewDevice, viewFleet, viewPackage } from '../views.js';
import type { Handler } from './operator-context.js';
import { findArchived, findRollout } from './rollout-lookup.js';

export const listDevices: Handler<'devices'> = async ({ target }, _, { ledger, presence, clock }) => {
  const { devices } = resolveTarget(target, viewFleet(ledger.state, presence));
  return { of: 'devices', devices: devices.map((device) => viewDevice(device, ledger.state, presence, clock)) };
};

export const listPackages: Handler<'packages'> = async (_request, _caller, { ledger }) => ({
  of: 'packages',
  packages: [...ledger.state.packages.values()].map((record) => viewPackage(record, ledger.state)),
});

/** The newest events of the target, oldest first. */
export const listEvents: Handler<'events'> = async ({ target, limit }, _, { ledger, presence, store }) => {
  const { devices } = resolveTarget(target, viewFleet(ledger.state, presence));
  const wanted = new Set(devices.map((device) => device.deviceId));
  return { of: 'events', events: await store.readEvents(wanted, limit) };
};

/** The newest entries of the audit log, oldest first. */
export const listAudit: Handler<'audit'> = async ({ limit }, _, { store }) => ({
  of: 'audit',
  entries: await store.readAudit(limit),
});

export const followLogs: Handler<'logs'> = async ({ target, tail, followSeconds }, caller, components) => {
  const { ledger, presence, logs } = components;
  const { devices } = resolveTarget(target, viewFleet(ledger.state, presence));
  const deviceIds = devices.map((device) => device.deviceId);
  return { of: 'logs', ...(await logs.collect(deviceIds, { tail, followSeconds }, caller)) };
};

/** What a rollout's devices did over time, the slot that is not over included. */
export const showRolloutSeries: Handler<'rollout-series'> = async ({ rolloutId }, _, components) => {
  const { ledger, telemetry, clock } = components;
  const archived = await findArchived(rolloutId, components);
  const points = archived === null ? seriesOfRollout(findRollout(ledger.state, rolloutId), telemetry.frames()) : [];
  return { of: 'rollout-series', series: { points: [...points], keptSeconds, nowMs: clock.wallMs() } };
};
