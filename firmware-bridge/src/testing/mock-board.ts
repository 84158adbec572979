import { type Clock, count, type DeviceKind, kernelAbi, type Random, type Timer, text } from '@liquid-lln/protocol';
import * as v from 'valibot';
import { commands, groups } from '../board/domain/commands.js';
import { slotNumberOf } from '../board/domain/info.js';
import { networkRc } from '../board/domain/refusal.js';
import type { SmpMessage } from '../board/domain/smp-message.js';
import type { Kernel } from '../kernel/kernel.js';
import { invalid, MockFailure, notSupported } from './mock-failure.js';
import { MockImageCommands } from './mock-image-commands.js';
import { MockNetworkCommands, stepsOf } from './mock-network-commands.js';
import { MockSlots } from './mock-slots.js';

export interface MockBoardInit {
  readonly clock: Clock;
  readonly random: Random;
  readonly kernel: Kernel;
  readonly kind?: DeviceKind;
  readonly kernelAbi?: number;
  readonly slotBytes?: number;
  readonly scratchBytes?: number;
  readonly stateBytes?: number;
  readonly messageBytesMax?: number;
  /** Messages that may be under way. */
  readonly buffers?: number;
  /** Answers take up to so long, at random: they may overtake each other. */
  readonly answerMsMax?: number;
  /** What a step of a network takes; everything else waits meanwhile. */
  readonly stepMs?: number;
}

type Payload = Readonly<Record<string, unknown>>;

const trialSecondsDefault = 600;
const startMs = 50;
const echoSchema = v.object({ d: text(2_048) });
const trialSchema = v.object({ s: count });
const logSchema = v.object({ from: v.optional(count, 0) });

/**
 * A board without a line: it answers messages as docs/spec/board.md says, runs networks with the host's kernel, and keeps
 * two slots over its restarts. Its time is the clock's.
 */
export class MockBoard {
  readonly slots: MockSlots;
  readonly networks: MockNetworkCommands;
  readonly init: Required<MockBoardInit>;
  /** Every request that arrived, oldest first. */
  readonly requests: SmpMessage[] = [];
  boots = 0;
  isRunning = false;
  /** A board that hangs hears nothing and says nothing until it is restarted. */
  isHanging = false;
  readonly #images: MockImageCommands;
  #startedMs = 0;
  #busyUntilMs = 0;
  #trialEndsMs: number | null = null;
  #trialTimer: Timer | null = null;

  constructor(init: MockBoardInit) {
    this.init = {
      kind: 'posix',
      kernelAbi,
      slotBytes: 1024 * 1024,
      scratchBytes: 64 * 1024,
      stateBytes: 32 * 1024,
      messageBytesMax: 4_096,
      buffers: 4,
      answerMsMax: 0,
      stepMs: 0,
      ...init,
    };
    this.slots = new MockSlots(init.kernel);
    this.#images = new MockImageCommands(this.slots, this.init);
    this.networks = new MockNetworkCommands(this.slots, this.init.messageBytesMax);
    this.#start();
  }

  /** What a power cut, a watchdog or a command does: everything but the flash is forgotten. */
  restart(): void {
    this.isRunning = false;
    this.isHanging = false;
    this.#trialTimer?.cancel();
    this.#images.forget();
    this.networks.forget();
    this.init.clock.after(startMs, () => this.#start());
  }

  /** The payload of the answer to a request. */
  answer(request: SmpMessage): Payload {
    this.requests.push(request);
    try {
      return this.#perform(request);
    } catch (error) {
      if (error instanceof MockFailure) return error.payload(request.version);
      return invalid.payload(request.version);
    }
  }

  /** How long from now on the answer to a request that arrives now takes. */
  answerMsOf(request: SmpMessage): number {
    const { clock, random, answerMsMax, stepMs } = this.init;
    const nowMs = clock.monotonicMs();
    this.#busyUntilMs = Math.max(nowMs, this.#busyUntilMs) + stepsOf(request) * stepMs;
    return this.#busyUntilMs - nowMs + random() * answerMsMax;
  }

  #start(): void {
    const { clock } = this.init;
    if (this.isRunning) return;
    this.isRunning = true;
    this.boots += 1;
    this.#startedMs = clock.monotonicMs();
    this.#busyUntilMs = this.#startedMs;
    this.slots.start();
    if (this.slots.isTrial) this.#setTrial(trialSecondsDefault);
    else this.#trialEndsMs = null;
  }

  #setTrial(seconds: number): void {
    const { clock } = this.init;
    this.#trialTimer?.cancel();
    this.#trialEndsMs = clock.monotonicMs() + seconds * 1_000;
    this.#trialTimer = clock.after(seconds * 1_000, () => {
      if (!this.slots.isTrial) return;
      this.slots.revert();
      this.restart();
    });
  }

  #perform({ operation, group, command, payload }: SmpMessage): Payload {
    const found = Object.values(commands).find(
      (one) => one.operation === operation && one.group === group && one.id === command,
    );
    switch (found) {
      case commands.echo:
        return { r: v.parse(echoSchema, payload).d };
      case commands.restart:
        // The answer leaves before the board does.
        this.init.clock.after(2 * (this.init.answerMsMax + 1), () => this.restart());
        return {};
      case commands.parameters:
        return { buf_size: this.init.messageBytesMax, buf_count: this.init.buffers };
      case commands.images:
        return this.#images.list();
      case commands.setImage:
        return this.#images.set(payload);
      case commands.upload:
        return this.#images.upload(payload);
      case commands.erase:
        return this.#images.erase(payload);
      case commands.info:
        return this.#info();
      case commands.infer:
        return this.networks.infer(payload);
      case commands.verify:
        return this.networks.verify(payload);
      case commands.health:
        return this.#health();
      case commands.log:
        return this.#log(v.parse(logSchema, payload).from);
      case commands.trial:
        return this.#trial(v.parse(trialSchema, payload).s);
      default:
        throw notSupported;
    }
  }

  #info(): Payload {
    const { kind, kernelAbi: abi, messageBytesMax, slotBytes, scratchBytes, stateBytes, clock } = this.init;
    const isTrial = this.slots.isTrial && this.#trialEndsMs !== null;
    return {
      v: 1,
      kind,
      fw: 'mock 1.0.0',
      abi,
      id: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
      buf: messageBytesMax,
      slot: [slotBytes, slotBytes],
      scratch: scratchBytes,
      state: stateBytes,
      sessions: 8,
      hz: 480_000_000,
      live: this.slots.live === null ? -1 : slotNumberOf(this.slots.live),
      trial: isTrial ? Math.ceil(((this.#trialEndsMs ?? 0) - clock.monotonicMs()) / 1_000) : -1,
    };
  }

  #health(): Payload {
    const { inferences, errors } = this.networks;
    const cycles = inferences === 0 ? 0 : 480;
    return {
      up: Math.round(this.init.clock.monotonicMs() - this.#startedMs),
      inf: inferences,
      err: errors,
      cyMin: cycles,
      cyMax: cycles,
      cyMean: cycles,
      hist: Array.from({ length: 16 }, (_, i) => (i === 0 ? inferences : 0)),
      stack: 1_024,
      stackOf: 8_192,
      reset: 3,
      boots: this.boots,
      trips: this.slots.reverts,
      era: [0, 0],
      rx: { bytes: this.requests.length, bad: 0, lost: 0 },
      tC: 2_150,
      mW: 350,
      mWs: 'model',
      clk: 480_000_000,
    };
  }

  #trial(seconds: number): Payload {
    if (!this.slots.isTrial) throw new MockFailure(groups.network, networkRc.noTrial);
    this.#setTrial(seconds);
    return { s: seconds };
  }

  #log(from: number): Payload {
    const line = { q: this.boots, ms: 0, l: 1, m: `start ${this.boots}` };
    return { next: this.boots + 1, lost: 0, lines: from <= this.boots ? [line] : [] };
  }
}
