import { type Clock, messageNumber, type ReportedState, type Timer, toErrorReport } from '@liquid-lln/protocol';
import { buildReport, type DeviceIdentity } from '../domain/reported.js';
import type { Bus } from '../ports/bus.js';
import type { Logger } from '../ports/logger.js';
import type { Storage } from '../ports/storage.js';
import type { FleetLink } from './fleet-link.js';
import type { HealthMonitor } from './health-monitor.js';
import type { LiveModels } from './live-models.js';
import type { Reconciler } from './reconciler.js';
import type { SlotStore } from './slot-store.js';
import type { DeploymentProgress } from './step-executors.js';

export interface ReporterComponents {
  readonly store: SlotStore;
  readonly storage: Storage;
  readonly models: LiveModels;
  readonly monitor: HealthMonitor;
  readonly reconciler: Reconciler;
  readonly progress: DeploymentProgress;
  readonly link: FleetLink;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Progress alone is reported this often at most; changes of state at once. */
const progressPeriodMs = 2_000;

/** Publishes what the device is and does: its report on changes, its health with every heartbeat. */
export class Reporter {
  readonly #components: ReporterComponents;
  readonly #identity: () => DeviceIdentity | null;
  #reports = 0;
  #healths = 0;
  #isDirty = false;
  #isSending = false;
  #progressTimer: Timer | null = null;
  #heartbeat: Timer | null = null;

  /** @param identity null as long as a board has not said what it is: such a one is not reported. */
  constructor(components: ReporterComponents, identity: () => DeviceIdentity | null) {
    this.#components = components;
    this.#identity = identity;
  }

  start(): void {
    this.#beat();
  }

  stop(): void {
    this.#heartbeat?.cancel();
    this.#progressTimer?.cancel();
  }

  /** Tells the health now, beside the heartbeats; null where nothing can be told. */
  tellHealth(): { readonly epoch: string; readonly sequence: number } | null {
    const before = this.#healths;
    this.#sendHealth();
    if (this.#healths === before) return null;
    return { epoch: this.#components.store.record.epoch, sequence: this.#sequence(this.#healths) };
  }

  /** How long the broker takes to acknowledge the report; null where it does not. */
  async timeReportMs(): Promise<number | null> {
    const { bus, link, clock } = this.#components;
    const identity = this.#identity();
    if (!bus.isConnected || identity === null) return null;
    const report = await this.#build(identity);
    const beganMs = clock.monotonicMs();
    return (await link.publishReport(report)) ? clock.monotonicMs() - beganMs : null;
  }

  /** A board has come back, or gone: its health is worth a message of its own. */
  onEngineNews(): void {
    this.#heartbeat?.cancel();
    this.#beat();
  }

  /** The record or the kind of activity has changed. */
  onChange(): void {
    this.#isDirty = true;
    if (!this.#isSending) void this.#sendWhileDirty();
  }

  /** Some more chunks or seconds: worth telling, not at once. */
  onProgress(): void {
    this.#progressTimer ??= this.#components.clock.after(progressPeriodMs, () => {
      this.#progressTimer = null;
      this.onChange();
    });
  }

  async #sendWhileDirty(): Promise<void> {
    this.#isSending = true;
    try {
      while (this.#isDirty && this.#components.bus.isConnected) {
        this.#isDirty = false;
        const identity = this.#identity();
        if (identity === null) return;
        if (await this.#components.link.publishReport(await this.#build(identity))) continue;
        // Not taken: the next connection or the next heartbeat tries again.
        this.#isDirty = true;
        return;
      }
    } catch (error) {
      this.#components.logger.error('the report could not be made', { error: toErrorReport(error) });
    } finally {
      this.#isSending = false;
    }
  }

  async #build(identity: DeviceIdentity): Promise<ReportedState> {
    const { store, storage, models, reconciler, progress, clock } = this.#components;
    const space = await storage.space();
    this.#reports += 1;
    const { record } = store;
    const receivedBytes = progress.fetching?.receivedBytes ?? 0;
    const slots = [record.slots.blue, record.slots.green];
    const storeBytes = slots.reduce((sum, slot) => sum + ('bytes' in slot ? slot.bytes : 0), receivedBytes);
    const report = buildReport({
      identity,
      record,
      activity: reconciler.activity,
      servingSlot: models.live?.slot ?? null,
      receivedBytes,
      storage: { ...space, storeBytes },
      sequence: this.#sequence(this.#reports),
      nowMs: clock.wallMs(),
    });
    return { ...report, ...store.startMark };
  }

  #beat(): void {
    const { clock, monitor } = this.#components;
    this.#sendHealth();
    if (this.#isDirty) this.onChange();
    this.#heartbeat = clock.after(monitor.policy.heartbeatSeconds * 1_000, () => this.#beat());
  }

  #sendHealth(): void {
    const { bus, monitor, link, store, clock } = this.#components;
    const identity = this.#identity();
    // A board that does not answer has no health: its silence is what is to be heard.
    if (!bus.isConnected || identity === null || monitor.isSilent) return;
    const { digest, slot, windows, thresholds, breaches, verdict, readings } = monitor.evaluate();
    this.#healths += 1;
    void link.publishHealth({
      v: 1,
      deviceId: identity.deviceId,
      epoch: store.record.epoch,
      ...store.startMark,
      sequence: this.#sequence(this.#healths),
      atMs: clock.wallMs(),
      digest,
      slot,
      window: windows.recent,
      thresholds,
      breaches: [...breaches],
      verdict,
      system: readings.system,
      ...(readings.board === undefined ? {} : { board: readings.board }),
    });
  }

  /** Grows over restarts without a write for each message. */
  #sequence(count: number): number {
    return messageNumber(this.#components.store.record.boots, count);
  }
}
