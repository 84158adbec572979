import { type Clock, type DeviceId, LlnError, parseWith, requestIdSchema, type Timer } from '@liquid-lln/protocol';
import { remindOfThresholds, type ThresholdReminder } from '../../domain/threshold-reminders.js';
import type { Logger } from '../../ports/logger.js';
import type { Secrets } from '../../ports/secrets.js';
import type { FleetState } from '../fleet-state.js';
import type { Presence } from '../presence.js';
import { coordinatorActor } from '../reconcile.js';
import { viewFleet } from '../views.js';
import { adoptionOrder } from './adoption-order.js';
import { devicesPerMeasurementMax, type MeasurementBoard } from './measurement-board.js';

export interface ThresholdRemindingComponents {
  readonly state: FleetState;
  readonly presence: Presence;
  readonly measurements: Pick<MeasurementBoard, 'begin'>;
  readonly secrets: Pick<Secrets, 'newSeed'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const periodMs = 10_000;

/** Sends thresholds to devices that were away when an operator changed them. */
export class ThresholdReminding {
  readonly #components: ThresholdRemindingComponents;
  #reminders: ReadonlyMap<DeviceId, ThresholdReminder> = new Map();
  #timer: Timer | null = null;

  constructor(components: ThresholdRemindingComponents) {
    this.#components = components;
  }

  start(): void {
    this.#timer = this.#components.clock.every(periodMs, () => this.#look());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    const { state, presence, measurements, secrets, clock, logger } = this.#components;
    if (state.thresholds.size === 0) return;
    const fleet = viewFleet(state, presence);
    const sightOf = (deviceId: DeviceId) => ({
      isOnline: fleet.get(deviceId)?.isOnline === true,
      health: presence.healthOf(deviceId)?.head ?? null,
    });
    const { due, reminders } = remindOfThresholds(state.thresholds.values(), sightOf, this.#reminders, clock.wallMs());
    // Those that do not fit into one order are due again at the next look.
    const told = due.slice(0, devicesPerMeasurementMax);
    const later = new Set(due.slice(devicesPerMeasurementMax).map(({ deviceId }) => deviceId));
    if (told.length === 0) {
      this.#reminders = reminders;
      return;
    }
    try {
      const id = parseWith(requestIdSchema, `t-${secrets.newSeed()}`, 'measurement id');
      measurements.begin(id, adoptionOrder(told, fleet, coordinatorActor));
    } catch (thrown) {
      // Operators measure a lot just now: the next look tries again.
      if (!(thrown instanceof LlnError)) throw thrown;
      logger.warn({ err: thrown }, 'thresholds could not be sent to devices that came back');
      return;
    }
    this.#reminders = new Map([...reminders].filter(([deviceId]) => !later.has(deviceId)));
    logger.info({ devices: told.length }, 'thresholds are sent to devices that do not have them');
  }
}
