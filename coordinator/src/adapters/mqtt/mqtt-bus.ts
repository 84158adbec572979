import { LlnError } from '@liquid-lln/protocol';
import { connect, type MqttClient } from 'mqtt';
import type { Logger } from '../../ports/logger.js';
import type { BusListener, MessageBus, OutgoingMessage } from '../../ports/message-bus.js';

export interface MqttBusInit {
  readonly url: string;
  readonly username: string | null;
  readonly password: string | null;
  /** The broker throws an older connection of the same id out: two coordinators of a fleet do not work at once. */
  readonly clientId: string;
}

const connectMsMax = 10_000;
const reconnectMs = 2_000;
const publishMsMax = 10_000;
const keepaliveSeconds = 30;

/** An external broker over TCP. It authenticates and authorises by itself (docs/SPEC.md has the rules). */
export class MqttBus implements MessageBus {
  readonly #init: MqttBusInit;
  readonly #logger: Logger;
  #client: MqttClient | null = null;

  constructor({ logger }: { readonly logger: Logger }, init: MqttBusInit) {
    this.#init = init;
    this.#logger = logger;
  }

  /** Resolves at once: a broker that is away is waited for, and told everything when it comes. */
  async start(filters: readonly string[], listener: BusListener): Promise<void> {
    const { url, username, password, clientId } = this.#init;
    const client = connect(url, {
      clientId,
      ...(username === null ? {} : { username }),
      ...(password === null ? {} : { password }),
      clean: true,
      queueQoSZero: false,
      resubscribe: false,
      keepalive: keepaliveSeconds,
      connectTimeout: connectMsMax,
      reconnectPeriod: reconnectMs,
    });
    this.#client = client;
    client.on('message', (topic, payload) => listener.onMessage({ topic, payload, sender: null }));
    client.on('error', (error) => this.#logger.warn({ err: error }, 'broker connection failed'));
    client.on('close', () => this.#logger.debug({ url }, 'not connected to the broker'));
    client.on('connect', () => {
      client
        .subscribeAsync([...filters], { qos: 1 })
        .then(() => listener.onConnect())
        .catch((error: unknown) => this.#logger.error({ err: error }, 'the broker was not told everything'));
    });
  }

  async publish({ topic, payload, retain }: OutgoingMessage): Promise<void> {
    const client = this.#client;
    if (client === null || !client.connected)
      throw new LlnError('COORDINATOR_UNREACHABLE', 'the broker is not connected', { topic });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new LlnError('TIMED_OUT', 'the broker does not answer', { topic })),
        publishMsMax,
      );
    });
    try {
      await Promise.race([client.publishAsync(topic, Buffer.from(payload), { qos: 1, retain }), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  endConnections(username: string): void {
    this.#logger.warn({ username }, 'the broker has to be told the new credentials of this user');
  }

  async stop(): Promise<void> {
    await this.#client?.endAsync(true);
  }
}
