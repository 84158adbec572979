import {
  type Address,
  type DesiredDocument,
  type DeviceId,
  type DeviceReply,
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
  type IsolationDocument,
  isolationDocumentSchema,
  messageNumber,
  parseTopic,
  type ReportedState,
  type RequestId,
  reportedStateSchema,
  type Topics,
  toErrorReport,
  topicsOf,
  type WaveDocument,
  waveDocumentSchema,
} from '@liquid-lln/protocol';
import { type Documents, newerDocument } from '../domain/arbitration.js';
import type { Bus, BusHandlers, BusMessage } from '../ports/bus.js';
import type { Logger } from '../ports/logger.js';
import type { EventCourier } from './event-courier.js';
import type { LogService } from './log-service.js';
import type { MeasurementService } from './measure/measurement-service.js';
import type { SlotStore } from './slot-store.js';
import type { TopicPackageSource } from './topic-package-source.js';

/** A device as the link sees it. */
export interface LinkedDevice {
  readonly deviceId: DeviceId;
  readonly store: SlotStore;
  readonly courier: EventCourier;
  readonly logs: LogService;
  readonly measurements: MeasurementService;
  /** Whether it answers; a gateway's own engine always does. */
  readonly isOnline: boolean;
  /** The instructions in force have changed. */
  onDocuments(documents: Documents): void;
  /** Whether it is to answer clients: new, old, or said before. */
  onIsolation(told: IsolationDocument): void;
  /** A connection is there: everything retained is to be published anew. */
  onConnect(): void;
}

export interface FleetLinkComponents {
  readonly bus: Bus;
  readonly source: TopicPackageSource;
  readonly logger: Logger;
  /** The gateway's own engine first: the broker speaks for it when the connection breaks, and for all with it. */
  readonly devices: readonly [LinkedDevice, ...LinkedDevice[]];
}

export interface FleetLinkInit {
  readonly fleet: string;
  readonly environment: Environment;
}

/** The agent's side of the topics: messages in, messages out. */
export class FleetLink implements BusHandlers {
  readonly #components: FleetLinkComponents;
  readonly #init: FleetLinkInit;
  readonly #topics: Topics;
  #wave: WaveDocument | null = null;
  readonly #desired = new Map<DeviceId, DesiredDocument>();
  readonly #statuses = new Map<DeviceId, number>();
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
    const [gateway] = this.#components.devices;
    this.#components.bus.start(this, () => {
      this.#advance(gateway);
      return this.#status(gateway, false);
    });
  }

  /** Says goodbye and disconnects. */
  async stop(): Promise<void> {
    const { bus, devices } = this.#components;
    await Promise.all(devices.map((device) => bus.publish(this.#status(device, false))));
    await bus.stop();
  }

  /** A board has come or gone. */
  publishStatus(deviceId: DeviceId): void {
    const device = this.#find(deviceId);
    if (device === undefined) return;
    this.#advance(device);
    void this.#components.bus.publish(this.#status(device, device.isOnline));
  }

  publishReport(report: ReportedState): Promise<boolean> {
    const payload = encodeMessage(reportedStateSchema, report, 'report');
    return this.#publish(this.#topics.reported(report.deviceId), payload, 1, true);
  }

  publishHealth(message: HealthMessage): Promise<boolean> {
    const payload = encodeMessage(healthMessageSchema, message, 'health message');
    return this.#publish(this.#topics.health(message.deviceId), payload, 0, false);
  }

  onConnect(): void {
    const { bus, source, devices } = this.#components;
    bus.subscribe([this.#topics.wave(this.#init.environment)]);
    for (const { deviceId } of devices) {
      const commands = `${this.#topics.command(deviceId, anyRequest).slice(0, -anyRequest.length)}+`;
      const { isolation, desired, eventAck } = this.#topics;
      bus.subscribe([isolation(deviceId), desired(deviceId), eventAck(deviceId), commands]);
    }
    for (const device of devices.slice(1)) this.#advance(device);
    for (const device of devices) void bus.publish(this.#status(device, device.isOnline));
    source.onConnect();
    for (const device of devices) {
      device.courier.onConnect();
      device.onConnect();
    }
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
    if (address.kind === 'wave' && address.environment === this.#init.environment) {
      this.#wave = newerDocument(this.#wave, decodeMessage(waveDocumentSchema, payload, 'wave document'));
      for (const device of this.#components.devices) this.#instruct(device);
    }
    const device = 'device' in address ? this.#find(address.device) : undefined;
    if (device === undefined) return;
    if (address.kind === 'desired') this.#learnDesired(device, payload);
    else if (address.kind === 'isolation')
      device.onIsolation(decodeMessage(isolationDocumentSchema, payload, 'isolation document'));
    else if (address.kind === 'ack') this.#acknowledge(device, payload);
    else if (address.kind === 'command') this.#answer(device, address.request, payload);
  }

  #find(deviceId: DeviceId): LinkedDevice | undefined {
    return this.#components.devices.find((device) => device.deviceId === deviceId);
  }

  #learnDesired(device: LinkedDevice, payload: Uint8Array): void {
    const known = this.#desired.get(device.deviceId) ?? null;
    const arrived = decodeMessage(desiredDocumentSchema, payload, 'desired document');
    this.#desired.set(device.deviceId, newerDocument(known, arrived));
    this.#instruct(device);
  }

  #instruct(device: LinkedDevice): void {
    device.onDocuments({ wave: this.#wave, desired: this.#desired.get(device.deviceId) ?? null });
  }

  #acknowledge({ courier }: LinkedDevice, payload: Uint8Array): void {
    const { epoch, upTo } = decodeMessage(eventAckSchema, payload, 'event acknowledgement');
    courier.acknowledge(epoch, upTo).catch((error: unknown) => {
      this.#components.logger.error('events could not be forgotten', { error: toErrorReport(error) });
    });
  }

  #answer({ deviceId, logs, measurements }: LinkedDevice, request: RequestId, payload: Uint8Array): void {
    const topic = this.#topics.reply(deviceId, request);
    const reply = (content: DeviceReply) => void this.#publish(topic, encodeReply(content), 1, false);
    try {
      const command = decodeMessage(deviceCommandSchema, payload, 'command');
      if (command.kind === 'logs') reply({ v: 1, kind: 'logs', lines: logs.handle(command) });
      else if (command.kind === 'measure') measurements.measure(request, command, reply);
      else measurements.cancel(request);
    } catch (error) {
      reply({ v: 1, kind: 'error', error: toErrorReport(error) });
    }
  }

  /** What is said from now on is newer; only the last will of a connection has the number of what was said on it. */
  #advance({ deviceId }: LinkedDevice): void {
    this.#statuses.set(deviceId, (this.#statuses.get(deviceId) ?? 0) + 1);
  }

  #status({ deviceId, store }: LinkedDevice, isOnline: boolean): BusMessage {
    const { boots, epoch } = store.record;
    const connection = messageNumber(boots, this.#statuses.get(deviceId) ?? 0);
    const status = { v: 1 as const, online: isOnline, epoch, connection, ...store.startMark };
    const payload = encodeMessage(deviceStatusSchema, status, 'status');
    return { topic: this.#topics.status(deviceId), payload, qos: 1, isRetained: true };
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

/** What cannot be said becomes an error that says so. */
function encodeReply(reply: DeviceReply): Uint8Array {
  try {
    return encodeMessage(deviceReplySchema, reply, 'reply');
  } catch (error) {
    return encodeMessage(deviceReplySchema, { v: 1, kind: 'error', error: toErrorReport(error) }, 'error reply');
  }
}

const complaintsMax = 100;
const anyRequest = 'any' as RequestId;
