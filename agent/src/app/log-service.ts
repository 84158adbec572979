import {
  type Clock,
  type DeviceCommand,
  type DeviceId,
  encodeMessage,
  type LogLine,
  logMessageSchema,
  type Timer,
  type Topics,
} from '@liquid-lln/protocol';
import type { Bus } from '../ports/bus.js';
import type { LogRing } from './log-ring.js';

/** Lines are sent together this often while somebody follows. */
const sendPeriodMs = 500;
const linesPerMessageMax = 200;

/** Answers `logs` and, for as long as the lease lasts, sends new lines. */
export class LogService {
  readonly #components: { readonly ring: LogRing; readonly bus: Bus; readonly clock: Clock };
  readonly #topic: string;
  readonly #deviceId: DeviceId;
  #pending: LogLine[] = [];
  #sender: Timer | null = null;
  #leaseEndsMs = 0;

  constructor(
    components: { readonly ring: LogRing; readonly bus: Bus; readonly clock: Clock },
    init: { readonly deviceId: DeviceId; readonly topics: Topics },
  ) {
    this.#components = components;
    this.#deviceId = init.deviceId;
    this.#topic = init.topics.log(init.deviceId);
  }

  /** The lines asked for; following begins or is renewed. */
  handle({ tail, followSeconds }: Extract<DeviceCommand, { kind: 'logs' }>): LogLine[] {
    const { ring, clock } = this.#components;
    if (followSeconds > 0) {
      this.#leaseEndsMs = clock.monotonicMs() + followSeconds * 1_000;
      ring.follow((line) => void (this.#pending.length < linesPerMessageMax && this.#pending.push(line)));
      this.#sender ??= clock.every(sendPeriodMs, () => this.#send());
    }
    return fitReply(ring.tail(tail));
  }

  stop(): void {
    this.#components.ring.follow(null);
    this.#sender?.cancel();
    this.#sender = null;
    this.#pending = [];
  }

  #send(): void {
    const { bus, clock } = this.#components;
    const lines = takeFitting(this.#pending);
    this.#pending = this.#pending.slice(lines.length);
    if (lines.length > 0) {
      const payload = encodeMessage(logMessageSchema, { v: 1, deviceId: this.#deviceId, lines }, 'log');
      void bus.publish({ topic: this.#topic, payload, qos: 0, isRetained: false });
    }
    if (clock.monotonicMs() > this.#leaseEndsMs) this.stop();
  }
}

/** Characters of log text in one message: with every character in four bytes it still fits the limit. */
const textPerMessageMax = 30_000;

function takeFitting(lines: readonly LogLine[]): LogLine[] {
  let size = 0;
  return lines.filter((line) => {
    size += line.message.length + 40;
    return size <= textPerMessageMax;
  });
}

/** The newest lines that fit one message. */
function fitReply(lines: readonly LogLine[]): LogLine[] {
  return takeFitting([...lines].reverse()).reverse();
}
