import {
  type ClientId,
  type Clock,
  type DeviceId,
  type DeviceReply,
  decodeMessage,
  deviceCommandSchema,
  deviceReplySchema,
  encodeMessage,
  type LogLine,
  limits,
  logMessageSchema,
  operatorProgressSchema,
  type RequestId,
  type Topics,
} from '@liquid-lln/protocol';
import type { MessageBus } from '../ports/message-bus.js';

export interface LogRelayComponents {
  readonly bus: MessageBus;
  readonly topics: Topics;
  readonly clock: Clock;
}

interface Follower {
  readonly client: ClientId;
  readonly request: RequestId;
  readonly devices: ReadonlySet<DeviceId>;
  readonly untilMs: number;
}

interface DeviceLog {
  readonly deviceId: DeviceId;
  readonly lines: LogLine[];
}

/** Devices answer at once or not at all. */
const answerMsMax = 3_000;
const followersMax = 100;
/** Devices asked at once by one request. */
const devicesMax = 1_000;

/** Asks devices for their log lines and passes on those to come. */
export class LogRelay {
  readonly #components: LogRelayComponents;
  readonly #waiting = new Map<string, (reply: DeviceReply) => void>();
  readonly #followers = new Map<string, Follower>();

  constructor(components: LogRelayComponents) {
    this.#components = components;
  }

  /** The last lines of each device; devices that did not answer in time are named. */
  async collect(
    devices: readonly DeviceId[],
    { tail, followSeconds }: { tail: number; followSeconds: number },
    { client, request }: { client: ClientId; request: RequestId },
  ): Promise<{ logs: DeviceLog[]; silent: DeviceId[] }> {
    const asked = devices.slice(0, devicesMax);
    if (followSeconds > 0)
      this.#follow({ client, request, devices: new Set(asked), untilMs: this.#until(followSeconds) });
    const command = encodeMessage(deviceCommandSchema, { v: 1, kind: 'logs', tail, followSeconds }, 'logs command');
    const answers = await Promise.all(asked.map((device) => this.#ask(device, request, command)));
    const logs = answers.flatMap((lines, index) => {
      const deviceId = asked[index];
      return lines === null || deviceId === undefined ? [] : [{ deviceId, lines }];
    });
    return { logs, silent: asked.filter((_, index) => answers[index] === null) };
  }

  /** `device/{id}/reply/{request}` */
  takeReply(device: DeviceId, request: RequestId, payload: Uint8Array): void {
    this.#waiting.get(`${device}/${request}`)?.(decodeMessage(deviceReplySchema, payload, `reply of ${device}`));
  }

  /** `device/{id}/log` */
  async takeLog(device: DeviceId, payload: Uint8Array): Promise<void> {
    const { lines } = decodeMessage(logMessageSchema, payload, `log of ${device}`);
    const nowMs = this.#components.clock.monotonicMs();
    for (const [key, follower] of this.#followers) {
      if (nowMs > follower.untilMs) this.#followers.delete(key);
      else if (follower.devices.has(device)) await this.#pass(follower, { deviceId: device, lines });
    }
  }

  #follow(follower: Follower): void {
    this.#followers.set(`${follower.client}/${follower.request}`, follower);
    const oldest = this.#followers.size > followersMax ? this.#followers.keys().next().value : undefined;
    if (oldest !== undefined) this.#followers.delete(oldest);
  }

  #until(seconds: number): number {
    return this.#components.clock.monotonicMs() + seconds * 1_000;
  }

  async #ask(device: DeviceId, request: RequestId, command: Uint8Array): Promise<LogLine[] | null> {
    const { bus, topics, clock } = this.#components;
    const key = `${device}/${request}`;
    const answer = new Promise<LogLine[] | null>((resolve) => {
      const timer = clock.after(answerMsMax, () => resolve(null));
      this.#waiting.set(key, (reply) => {
        timer.cancel();
        resolve(reply.kind === 'logs' ? reply.lines : null);
      });
    });
    try {
      await bus.publish({ topic: topics.command(device, request), payload: command, retain: false });
      return await answer;
    } finally {
      this.#waiting.delete(key);
    }
  }

  async #pass({ client, request }: Follower, log: DeviceLog): Promise<void> {
    const { bus, topics } = this.#components;
    const payload = encodeMessage(operatorProgressSchema, { kind: 'log', log }, 'log lines', limits.replyBytesMax);
    await bus.publish({ topic: topics.operatorProgress(client, request), payload, retain: false });
  }
}
