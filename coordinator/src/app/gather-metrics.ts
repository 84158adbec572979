import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AlertingPolicy } from '../domain/alerting/policy.js';
import { viewIsolation } from '../domain/isolation.js';
import type { MeteredDevice, MetricsInput } from '../domain/metrics/fleet-metrics.js';
import { isOpen } from '../domain/rollout.js';
import { summarizeRollout } from '../domain/rollout-summary.js';
import type { NoticeDispatcher } from './alerting/notice-dispatcher.js';
import type { FleetLedger } from './fleet-ledger.js';
import type { MalformedMessages } from './malformed-messages.js';
import type { Presence } from './presence.js';
import type { RolloutReconciler } from './rollout-reconciler.js';
import { viewFleet } from './views.js';

export interface MetricsSources {
  readonly ledger: FleetLedger;
  readonly presence: Presence;
  readonly reconciler: RolloutReconciler;
  readonly notices: NoticeDispatcher;
  readonly malformed: MalformedMessages;
  readonly alerting: AlertingPolicy;
}

/** Of so many devices the last health is decoded in one go, which takes some 10 ms; then others have their turn. */
const devicesAtOnce = 100;

/** What the metrics of the fleet are made of, from all who know a part of it. */
export async function gatherMetrics(sources: MetricsSources): Promise<MetricsInput> {
  const { ledger, presence, reconciler, notices, malformed, alerting } = sources;
  const { state } = ledger;
  const fleet = viewFleet(state, presence);
  const devices: MeteredDevice[] = [];
  for (const device of fleet.values()) {
    const health = presence.healthOf(device.deviceId)?.decode() ?? null;
    devices.push({ device, isIsolated: viewIsolation(device, state.isolations).isolated, health });
    if (devices.length % devicesAtOnce === 0) await nextTurn();
  }
  const open = [...state.rollouts.values()].filter(isOpen);
  return {
    devices,
    openRollouts: open.map((rollout) => summarizeRollout(rollout, fleet, reconciler.planTime())),
    alerting: state.alerting,
    channels: alerting.channels.map(({ channel }) => channel),
    channelHealths: notices.healths,
    malformed: malformed.total,
  };
}
