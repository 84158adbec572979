import { type Clock, type DeviceId, isLlnError, type ReportedState, type Timer } from '@liquid-lln/protocol';

/** Between two attempts while the disk is full. */
const retryMs = 1_000;
const devicesMax = 50_000;

/**
 * The newest report of each device that the full disk refused: devices report what changes, once, and would not say it
 * again before something else does. In memory only: whoever starts anew is told everything anew.
 */
export class ReportBacklog {
  readonly #clock: Clock;
  readonly #take: (reported: ReportedState) => Promise<void>;
  readonly #reports = new Map<DeviceId, ReportedState>();
  #timer: Timer | null = null;

  /** @param take what is done with a report; it throws STORE_FULL where there still is no room. */
  constructor(clock: Clock, take: (reported: ReportedState) => Promise<void>) {
    this.#clock = clock;
    this.#take = take;
  }

  /** What arrives later is newer, but for what is repeated; whoever takes it finds that out. */
  keep(reported: ReportedState): void {
    const known = this.#reports.get(reported.deviceId);
    if (known?.epoch === reported.epoch && known.sequence > reported.sequence) return;
    if (known !== undefined || this.#reports.size < devicesMax) this.#reports.set(reported.deviceId, reported);
    this.#timer ??= this.#clock.after(retryMs, () => void this.#retry());
  }

  /** One alone, and all the others when it finds room. */
  async #retry(): Promise<void> {
    const [first, ...others] = this.#reports.values();
    this.#timer = null;
    this.#reports.clear();
    if (first === undefined) return;
    if (await this.#tryOne(first)) await Promise.all(others.map((reported) => this.#tryOne(reported)));
    else for (const reported of others) this.keep(reported);
  }

  /** @returns whether the disk had room for it. */
  async #tryOne(reported: ReportedState): Promise<boolean> {
    try {
      await this.#take(reported);
    } catch (thrown) {
      if (!isLlnError(thrown, 'STORE_FULL')) return true;
      this.keep(reported);
      return false;
    }
    return true;
  }
}
