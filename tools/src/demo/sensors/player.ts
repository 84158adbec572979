import { type RoomMinute, simulateRoom } from '../room/simulate.js';
import { type Answer, askDevice } from './ask-device.js';
import type { DeviceCounts, PlayerReport } from './report.js';

export interface PlayerInit {
  readonly deviceId: string;
  readonly url: string;
  readonly seed: number;
  readonly ratePerSecond: number;
  readonly onReport: (report: PlayerReport) => void;
}

/** Monday, half past seven: people are about to come. */
const startMinute = 7.5 * 60;

/**
 * Plays the sensors of one room to one device: a simulated minute a request, one request at a time, in one session,
 * so that the network lives through the day as it would beside the room.
 */
export class SensorPlayer {
  readonly #init: PlayerInit;
  readonly #room: Generator<RoomMinute, never>;
  #counts: DeviceCounts;
  #package = '';
  #inFlight: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(init: PlayerInit) {
    this.#init = init;
    this.#room = simulateRoom(init.seed, startMinute);
    this.#counts = { deviceId: init.deviceId, served: 0, failed: 0, agreed: 0, late: 0 };
  }

  get counts(): DeviceCounts {
    return this.#counts;
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), 1000 / this.#init.ratePerSecond);
  }

  /** Ends after the answer that is awaited. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#inFlight;
  }

  /** A tick that finds the last answer still outstanding is left out: the rate never becomes a flood. */
  #tick(): void {
    if (this.#inFlight !== null) {
      this.#count({ late: this.#counts.late + 1 });
      return;
    }
    this.#inFlight = this.#play(this.#room.next().value).finally(() => {
      this.#inFlight = null;
    });
  }

  async #play({ occupants, sensors }: RoomMinute): Promise<void> {
    const { deviceId, url, onReport } = this.#init;
    const { temperatureC, humidityPct, lightLx, co2Ppm } = sensors;
    const input = [temperatureC, humidityPct, lightLx, co2Ppm];
    const answer = await askDevice({ deviceId, url }, input, `room-of-${deviceId}`);
    if (answer.kind === 'failure') {
      this.#count({ failed: this.#counts.failed + 1 });
      onReport({ kind: 'failure', deviceId, atMs: Date.now(), message: answer.message });
      return;
    }
    const isRight = (answer.label === 'occupied') === occupants > 0;
    this.#notePackage(answer);
    this.#count({ served: this.#counts.served + 1, agreed: this.#counts.agreed + Number(isRight) });
  }

  #notePackage(answer: Extract<Answer, { kind: 'answer' }>): void {
    if (answer.package === this.#package) return;
    this.#package = answer.package;
    const { deviceId, onReport } = this.#init;
    onReport({ kind: 'package', deviceId, package: answer.package, atMs: Date.now(), after: this.#counts.served });
  }

  #count(change: Partial<DeviceCounts>): void {
    this.#counts = { ...this.#counts, ...change };
  }
}
