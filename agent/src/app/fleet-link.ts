import {
  type Address,
  type Clock,
  type DeviceId,
  decodeMessage,
  desiredDocumentSchema,
  deviceCommandSchema,
  deviceReplySchema,
  deviceStatusSchema,
  type Environment,
  encodeMessage,
  eventAckSchema,
  type HealthMessage,
  healthMessageSchema,
  limits,
  parseTopic,
  type ReportedState,
  type RequestId,
  reportedStateSchema,
  type Topics,
  toErrorReport,
  topicsOf,
  waveDocumentSchema,
} from '@liquid-lln/protocol';
import { type Documents, newerDocument } from '../domain/arbitration.js';
import type { Bus, BusHandlers, BusMessage } from '../ports/bus.js';
import type { Logger } from '../ports/logger.js';
import type { EventCourier } from './event-courier.js';
import type { LogService } from './log-service.js';
import type { SlotStore } from './slot-store.js';
import type { TopicPackageSource } from './topic-package-source.js';

export interface FleetLinkComponents {
  readonly bus: Bus;
  readonly store: SlotStore;
  readonly source: TopicPackageSource;
  readonly courier: EventCourier;
  readonly logs: LogService;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The instructions in force have changed. */
  onDocuments(documents: Documents): void;
  /** A connection is there: everything retained is to be published anew. */
  onConnect(): void;
}

export interface FleetLinkInit {
  readonly fleet: string;
  readonly environment: Environment;
  readonly deviceId: DeviceId;
}

/** Connections of one start of the agent; the next start numbers on from the next multiple. */
export const sequencesPerBoot = 1_000_000;

/** The agent's side of the topics: messages in, messages out. */
export class FleetLink implements BusHandlers {
  readonly #components: FleetLinkComponents;
  readonly #init: FleetLinkInit;
  readonly #topics: Topics;
  #documents: Documents = { wave: null, desired: null };
  #connections = 0;
  #malformed = 0;
  readonly #complained = new Set<string>();

  constructor(components: FleetLinkComponents, init: FleetLinkInit) {
    this.#components = components;
    this.#init = init;
    this.#topics = topicsOf(init.fleet);
  }

  /** Messages that could not be understood, since the start. */
  get malformedMessages(): number {
    return this.#malformed;
  }

  start(): void {
    this.#components.bus.start(this, () => {
      this.#connections += 1;
      return this.#status(false);
    });
  }

  /** Says goodbye and disconnects. */
  async stop(): Promise<void> {
    await this.#components.bus.publish(this.#status(false));
    await this.#components.bus.stop();
  }

  publishReport(report: ReportedState): Promise<boolean> {
    const payload = encodeMessage(reportedStateSchema, report, 'report');
    return this.#publish(this.#topics.reported(this.#init.deviceId), payload, 1, true);
  }

  publishHealth(message: HealthMessage): Promise<boolean> {
    const payload = encodeMessage(healthMessageSchema, message, 'health message');
    return this.#publish(this.#topics.health(this.#init.deviceId), payload, 0, false);
  }

  onConnect(): void {
    const { deviceId, environment } = this.#init;
    const { bus, source, courier, onConnect } = this.#components;
    const commands = `${this.#topics.command(deviceId, anyRequest).slice(0, -anyRequest.length)}+`;
    const topics = this.#topics;
    bus.subscribe([topics.wave(environment), topics.desired(deviceId), topics.eventAck(deviceId), commands]);
    void bus.publish(this.#status(true));
    source.onConnect();
    courier.onConnect();
    onConnect();
  }

  onDisconnect(): void {
    this.#components.source.onDisconnect();
  }

  onMessage(topic: string, payload: Uint8Array): void {
    if (this.#components.source.offer(topic, payload)) return;
    const address = parseTopic(this.#init.fleet, topic);
    try {
      if (address !== null && payload.length > 0) this.#handle(address, payload);
    } catch (error) {
      this.#complain(topic, error);
    }
  }

  #handle(address: Address, payload: Uint8Array): void {
    const { deviceId, environment } = this.#init;
    if (address.kind === 'wave' && address.environment === environment) {
      this.#learn({ wave: decodeMessage(waveDocumentSchema, payload, 'wave document') });
    } else if (address.kind === 'desired' && address.device === deviceId) {
      this.#learn({ desired: decodeMessage(desiredDocumentSchema, payload, 'desired document') });
    } else if (address.kind === 'ack') this.#acknowledge(payload);
    else if (address.kind === 'command') this.#answer(address.request, payload);
  }

  #learn(arrived: Partial<Documents>): void {
    const { wave, desired } = this.#documents;
    this.#documents = {
      wave: arrived.wave ? newerDocument(wave, arrived.wave) : wave,
      desired: arrived.desired ? newerDocument(desired, arrived.desired) : desired,
    };
    this.#components.onDocuments(this.#documents);
  }

  #acknowledge(payload: Uint8Array): void {
    const { epoch, upTo } = decodeMessage(eventAckSchema, payload, 'event acknowledgement');
    this.#components.courier.acknowledge(epoch, upTo).catch((error: unknown) => {
      this.#components.logger.error('events could not be forgotten', { error: toErrorReport(error) });
    });
  }

  #answer(request: RequestId, payload: Uint8Array): void {
    const topic = this.#topics.reply(this.#init.deviceId, request);
    let reply: Uint8Array;
    try {
      const lines = this.#components.logs.handle(decodeMessage(deviceCommandSchema, payload, 'command'));
      reply = encodeMessage(deviceReplySchema, { v: 1, kind: 'logs', lines }, 'reply', limits.replyBytesMax);
    } catch (error) {
      reply = encodeMessage(deviceReplySchema, { v: 1, kind: 'error', error: toErrorReport(error) }, 'reply');
    }
    void this.#publish(topic, reply, 1, false);
  }

  #status(isOnline: boolean): BusMessage {
    const { boots, epoch } = this.#components.store.record;
    const connection = boots * sequencesPerBoot + this.#connections;
    const payload = encodeMessage(deviceStatusSchema, { v: 1, online: isOnline, epoch, connection }, 'status');
    return { topic: this.#topics.status(this.#init.deviceId), payload, qos: 1, isRetained: true };
  }

  #publish(topic: string, payload: Uint8Array, qos: 0 | 1, isRetained: boolean): Promise<boolean> {
    return this.#components.bus.publish({ topic, payload, qos, isRetained });
  }

  /** Each topic's first malformed message is logged; all are counted. */
  #complain(topic: string, error: unknown): void {
    this.#malformed += 1;
    if (this.#complained.has(topic) || this.#complained.size >= complaintsMax) return;
    this.#complained.add(topic);
    this.#components.logger.warn('a message makes no sense and is ignored', { topic, error: toErrorReport(error) });
  }
}

const complaintsMax = 100;
const anyRequest = 'any' as RequestId;
