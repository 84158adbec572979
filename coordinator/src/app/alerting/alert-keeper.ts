import {
  type Alert,
  type ChannelName,
  type Clock,
  type DeviceId,
  type HealthMessage,
  isLlnError,
  type Policy,
  type Timer,
} from '@liquid-lln/protocol';
import { putAlerts } from '../../domain/alerting/alert-book.js';
import { type AlertSighting, type AlertWatch, emptyWatch, trackAlerts } from '../../domain/alerting/alert-tracker.js';
import { alertKey, type Condition } from '../../domain/alerting/condition.js';
import { type ChannelHealth, channelConditions } from '../../domain/alerting/delivery.js';
import {
  type DeviceSight,
  hasSameLimits,
  type MetricSight,
  policyOf,
  sightDevice,
  sightMetrics,
} from '../../domain/alerting/device-sight.js';
import type { AlertingPolicy } from '../../domain/alerting/policy.js';
import { waitingConditions } from '../../domain/alerting/rollout-sight.js';
import { liveDesireOf } from '../../domain/device-desire.js';
import type { FleetDevice } from '../../domain/fleet-view.js';
import type { PlanTime } from '../../domain/member-observation.js';
import { isSettled } from '../../domain/rollout.js';
import type { Logger } from '../../ports/logger.js';
import type { Distributor } from '../distributor.js';
import type { Decision, FleetLedger } from '../fleet-ledger.js';
import type { FleetState } from '../fleet-state.js';
import type { IsolationPublisher } from '../isolation-publisher.js';
import type { KeptHealth } from '../kept-health.js';
import type { Presence } from '../presence.js';
import { knownDevice, viewFleet } from '../views.js';
import { alertingChanges } from './alerting-changes.js';
import type { Emergency } from './emergency.js';
import { followIncidents } from './follow-incidents.js';

export interface AlertKeeperComponents {
  readonly ledger: FleetLedger;
  readonly presence: Presence;
  readonly distributor: Distributor;
  readonly isolations: IsolationPublisher;
  readonly clock: Clock;
  readonly planTime: () => PlanTime;
  readonly logger: Logger;
  /** How the channels do. */
  readonly channelHealths: () => ReadonlyMap<ChannelName, ChannelHealth>;
}

/** What a look led to. */
interface Looked {
  readonly alerts: readonly Alert[];
  readonly emergencies: readonly Emergency[];
}

interface Remembered {
  readonly kept: KeptHealth;
  readonly policy: Policy;
  readonly sight: MetricSight;
}

const periodMs = 1_000;

/** Looks at the fleet once a second and keeps the alerts in step with what it sees. */
export class AlertKeeper {
  readonly #components: AlertKeeperComponents;
  readonly #policy: AlertingPolicy;
  /** What health messages said when they came: looks are more often, and only a new policy makes them say another thing. */
  readonly #remembered = new Map<DeviceId, Remembered>();
  #watch: AlertWatch = emptyWatch;
  #timer: Timer | null = null;
  #looking: Promise<void> | null = null;

  constructor(components: AlertKeeperComponents, policy: AlertingPolicy) {
    this.#components = components;
    this.#policy = policy;
  }

  start(): void {
    this.#timer = this.#components.clock.every(periodMs, () => {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = null;
      });
    });
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#looking;
  }

  /** Sees what a health message says while it is decoded. */
  takeHealth(kept: KeptHealth, health: HealthMessage): void {
    const { state } = this.#components.ledger;
    const record = state.devices.get(health.deviceId);
    if (record === undefined) return;
    const policy = policyOf(liveDesireOf(knownDevice(record), state.documents));
    this.#remembered.set(health.deviceId, { kept, policy, sight: sightMetrics(health, policy) });
  }

  async #look(): Promise<void> {
    const { ledger, logger, distributor, isolations } = this.#components;
    try {
      const { alerts, emergencies } = await ledger.change((state) => this.#decide(state));
      for (const { alertId, rule, subject, endedMs, detail } of alerts)
        logger.warn({ alertId, rule, subject, detail }, endedMs === null ? 'alert' : 'alert ended');
      for (const { incident, documents, isolations: told } of emergencies) {
        logger.error({ incidentId: incident.incidentId, title: incident.title }, 'emergency procedure');
        await Promise.all([distributor.publish(documents), isolations.publish(told)]);
      }
    } catch (error) {
      // The ledger has said that the disk is full; what is wrong is seen again when it has room.
      if (!isLlnError(error, 'STORE_FULL')) logger.error({ err: error }, 'alerts could not be looked at');
    }
  }

  #decide(state: FleetState): Decision<Looked> {
    const { presence, clock, planTime, channelHealths } = this.#components;
    const fleet = viewFleet(state, presence);
    const sights = new Map<DeviceId, DeviceSight>();
    for (const [deviceId, device] of fleet) sights.set(deviceId, this.#sight(device, state));
    const { alerting } = state;
    const time = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
    const made = alerting.counters.get('alert') ?? 0;
    const waitingMsMax = this.#policy.rolloutWaitingSeconds * 1_000;
    const others = [
      ...channelConditions(channelHealths(), time.monotonicMs),
      ...waitingConditions(state.rollouts.values(), fleet, planTime(), waitingMsMax),
    ];
    const seen = sighting(sights, state, others);
    const { watch, changed } = trackAlerts(this.#watch, alerting.alerts.values(), seen, time, made);
    this.#watch = watch;
    const present = { keys: new Set(seen.conditions.map(alertKey)), nowMs: time.wallMs };
    const incidents = followIncidents(state, fleet, this.#policy, present);
    return {
      changes: [...alertingChanges(putAlerts(alerting, changed)), ...incidents.changes],
      result: { alerts: changed, emergencies: incidents.emergencies },
      isUrgent: incidents.emergencies.length > 0,
    };
  }

  #sight(device: FleetDevice, state: FleetState): DeviceSight {
    const kept = this.#components.presence.healthOf(device.deviceId);
    const desire = liveDesireOf(device, state.documents);
    return sightDevice(device, kept === null ? null : this.#sightMetrics(kept, policyOf(desire)), desire);
  }

  #sightMetrics(kept: KeptHealth, policy: Policy): MetricSight {
    const { deviceId } = kept.head;
    const known = this.#remembered.get(deviceId);
    if (known?.kept === kept && known.policy === policy) return known.sight;
    const isAsBefore = known?.kept === kept && hasSameLimits(known.policy, policy);
    const sight = isAsBefore ? known.sight : sightMetrics(kept.decode(), policy);
    this.#remembered.set(deviceId, { kept, policy, sight });
    return sight;
  }
}

function sighting(
  sights: ReadonlyMap<DeviceId, DeviceSight>,
  state: FleetState,
  others: readonly Condition[],
): AlertSighting {
  const lingering = new Set<string>();
  const conditions: Condition[] = [];
  for (const [subject, sight] of sights) {
    for (const rule of sight.lingering) lingering.add(alertKey({ rule, subject }));
    conditions.push(...sight.conditions);
  }
  return {
    conditions: [...conditions, ...others],
    isLingering: (alert) => lingering.has(alertKey(alert)),
    isUnknown: (alert) => isUnknown(alert, sights),
    isOvertaken: ({ rule, subject }) => {
      if (rule !== 'rollout-halted' && rule !== 'rollback-failed') return false;
      const rollout = [...state.rollouts.values()].find(({ rolloutId }) => rolloutId === subject);
      return rollout === undefined || isSettled(rollout);
    },
  };
}

/** Of a device that is away nothing is known but that. */
function isUnknown({ rule, subject, devices }: Alert, sights: ReadonlyMap<DeviceId, DeviceSight>): boolean {
  const [device] = devices;
  if (device === undefined || device !== subject || rule === 'unresponsive' || rule === 'rollback-failed') return false;
  return !(sights.get(device)?.isMeasured ?? true);
}
