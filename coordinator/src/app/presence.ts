import { type Clock, type DeviceId, type DeviceStatus, gatewayOf, type HealthMessage } from '@liquid-lln/protocol';
import { isNewerHealth, isNewerStatus } from '../domain/report-intake.js';
import { KeptHealth } from './kept-health.js';

/** What is only worth something while it is fresh: who is there, and the last health of each. Not stored. */
export class Presence {
  readonly #clock: Clock;
  readonly #startedMs: number;
  readonly #heardMs = new Map<DeviceId, number>();
  readonly #statuses = new Map<DeviceId, DeviceStatus>();
  readonly #health = new Map<DeviceId, KeptHealth>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedMs = clock.monotonicMs();
  }

  hear(device: DeviceId): void {
    this.#heardMs.set(device, this.#clock.monotonicMs());
  }

  /** @returns whether the status was news. */
  takeStatus(device: DeviceId, status: DeviceStatus, retiredEpochs: readonly string[]): boolean {
    if (!isNewerStatus(this.#statuses.get(device), status, retiredEpochs)) return false;
    this.#statuses.set(device, status);
    if (status.online) this.hear(device);
    return true;
  }

  /**
   * Keeps the newest window; one that comes late is dropped.
   * @param encoded what `health` was decoded from
   * @returns null for one that is dropped
   */
  takeHealth(health: HealthMessage, encoded: Uint8Array): KeptHealth | null {
    if (!isNewerHealth(this.#health.get(health.deviceId)?.head, health)) return null;
    const kept = new KeptHealth(health, encoded);
    this.#health.set(health.deviceId, kept);
    this.hear(health.deviceId);
    return kept;
  }

  /** What was said with credentials that are void now says nothing. */
  forget(device: DeviceId): void {
    this.#heardMs.delete(device);
    this.#statuses.delete(device);
    this.#health.delete(device);
  }

  healthOf(device: DeviceId): KeptHealth | null {
    return this.#health.get(device) ?? null;
  }

  /** Heard of since the coordinator started, and not said to be gone; a board is gone with its gateway. */
  isOnline(device: DeviceId): boolean {
    const isGone = (id: DeviceId | ReturnType<typeof gatewayOf>) =>
      this.#statuses.get(id as string as DeviceId)?.online === false;
    return this.#heardMs.has(device) && !isGone(device) && !isGone(gatewayOf(device));
  }

  /** Silence before the coordinator started is not held against a device. */
  silentMs(device: DeviceId): number {
    return this.#clock.monotonicMs() - (this.#heardMs.get(device) ?? this.#startedMs);
  }
}
