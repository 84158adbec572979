import { type Backoff, backoffDelayMs, type Clock, type Random, type Timer, toErrorReport } from '@liquid-lln/protocol';
import { connect, type MqttClient } from 'mqtt';
import type { Bus, BusHandlers, BusMessage } from '../../ports/bus.js';
import type { Logger } from '../../ports/logger.js';

export interface MqttBusComponents {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export interface MqttBusInit {
  readonly url: string;
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
  readonly backoff?: Backoff;
}

const backoffDefault: Backoff = { firstMs: 500, maxMs: 60_000 };
const connectTimeoutMs = 10_000;
const keepAliveSeconds = 30;
const goodbyeTimeoutMs = 1_000;
/** Telemetry (quality of service 0) is dropped while so much waits to be sent: it must not stand before what counts. */
const telemetryBacklogBytesMax = 64 * 1024;
/** A broker that has not acknowledged a message by then has not taken it. */
const publishTimeoutMs = 10_000;

/** MQTT 3.1.1 over MQTT.js. Every connection is a client of its own: no state of an old one can hang on. */
export class MqttBus implements Bus {
  readonly #components: MqttBusComponents;
  readonly #init: MqttBusInit;
  #handlers: BusHandlers | null = null;
  #lastWill: (() => BusMessage) | null = null;
  #client: MqttClient | null = null;
  #retry: Timer | null = null;
  #attempt = 0;
  #isStopped = false;
  #isConnected = false;
  /** Ends the wait of each message that is under way: the library forgets its callbacks when a connection breaks. */
  readonly #underWay = new Set<(isTaken: boolean) => void>();

  constructor(components: MqttBusComponents, init: MqttBusInit) {
    this.#components = components;
    this.#init = init;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  start(handlers: BusHandlers, lastWill: () => BusMessage): void {
    this.#handlers = handlers;
    this.#lastWill = lastWill;
    this.#connect();
  }

  publish({ topic, payload, qos, isRetained }: BusMessage): Promise<boolean> {
    const client = this.#client;
    if (client === null || !this.#isConnected) return Promise.resolve(false);
    if (qos === 0 && client.stream.writableLength > telemetryBacklogBytesMax) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (isTaken: boolean) => {
        this.#underWay.delete(settle);
        timeout.cancel();
        resolve(isTaken);
      };
      const timeout = this.#components.clock.after(publishTimeoutMs, () => settle(false));
      this.#underWay.add(settle);
      client.publish(topic, Buffer.from(payload), { qos, retain: isRetained }, (error) => settle(!error));
    });
  }

  subscribe(topics: readonly string[]): void {
    const { logger } = this.#components;
    this.#client?.subscribe([...topics], { qos: 1 }, (error, granted) => {
      if (error) logger.warn('a subscription failed', { topics, error: toErrorReport(error) });
      const refused = granted?.filter((grant) => grant.qos === 128) ?? [];
      if (refused.length > 0)
        logger.error('the broker refuses a subscription', { topics: refused.map((r) => r.topic) });
    });
  }

  unsubscribe(topics: readonly string[]): void {
    if (!this.#isConnected) return;
    this.#client?.unsubscribe([...topics], (error) => {
      if (error) this.#components.logger.debug('an unsubscription failed', { topics });
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#retry?.cancel();
    const client = this.#client;
    this.#client = null;
    this.#isConnected = false;
    this.#giveUpUnderWay();
    if (client === null) return;
    await new Promise<void>((resolve) => {
      this.#components.clock.after(goodbyeTimeoutMs, resolve);
      client.end(false, {}, () => resolve());
    });
    client.end(true);
  }

  #connect(): void {
    const { url, clientId, username, password } = this.#init;
    const will = this.#lastWill?.();
    const client = connect(url, {
      protocolVersion: 4,
      clientId,
      username,
      password,
      clean: true,
      keepalive: keepAliveSeconds,
      connectTimeout: connectTimeoutMs,
      reconnectPeriod: 0,
      queueQoSZero: false,
      ...(will ? { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: will.qos, retain: true } } : {}),
    });
    this.#client = client;
    client.on('connect', () => this.#onConnect(client));
    client.on('message', (topic, payload) => this.#handlers?.onMessage(topic, payload));
    client.on('error', (error) => this.#components.logger.debug('broker connection', { error: toErrorReport(error) }));
    client.once('close', () => this.#onClose(client));
  }

  #onConnect(client: MqttClient): void {
    if (this.#client !== client) return;
    this.#isConnected = true;
    this.#attempt = 0;
    this.#components.logger.info('connected to the broker', { broker: this.#init.url });
    this.#handlers?.onConnect();
  }

  #onClose(client: MqttClient): void {
    if (this.#client !== client || this.#isStopped) return;
    const wasConnected = this.#isConnected;
    this.#isConnected = false;
    this.#client = null;
    client.end(true);
    this.#giveUpUnderWay();
    const { clock, random, logger } = this.#components;
    const waitMs = Math.round(backoffDelayMs(this.#init.backoff ?? backoffDefault, this.#attempt, random));
    if (wasConnected || this.#attempt === 0) logger.warn('no connection to the broker', { retryInMs: waitMs });
    this.#attempt += 1;
    this.#retry = clock.after(waitMs, () => this.#connect());
    if (wasConnected) this.#handlers?.onDisconnect();
  }

  #giveUpUnderWay(): void {
    for (const settle of this.#underWay) settle(false);
  }
}
