import { type AddressInfo, createServer, isIP, type Server, type Socket } from 'node:net';
import { LlnError, limits, mayPublish, maySubscribe, type Principal } from '@liquid-lln/protocol';
import { Aedes, type AuthenticateError, type Client } from 'aedes';
import type { Authenticator } from '../../ports/authenticator.js';
import type { Logger } from '../../ports/logger.js';
import type { BusListener, MessageBus, OutgoingMessage } from '../../ports/message-bus.js';
import { PacketSizeGuard } from './packet-size-guard.js';
import { IndexedPersistence } from './retained-index.js';

export interface EmbeddedBrokerComponents {
  readonly logger: Logger;
}

export interface EmbeddedBrokerInit {
  readonly fleet: string;
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  readonly connectionsMax?: number;
}

export const defaultConnectionsMax = 15_000;

const connectMsMax = 10_000;
/** What a wrong password costs, so that guessing is slow; right ones are answered at once. */
const refusalDelayMs = 500;
/** Refusals that wait at once; beyond, connections are dropped without an answer. */
const refusalsWaitingMax = 1_000;
/** Room for topic and headers beside the largest payload. */
const packetBytesMax = limits.messageBytesMax + 1_024;
const badCredentials = 4;

interface Session {
  readonly principal: Principal;
  readonly username: string;
}

/**
 * The broker inside the coordinator, and the coordinator's own way to it. Nobody does anything without credentials;
 * whoever publishes where it may not is disconnected.
 */
export class EmbeddedBroker implements MessageBus {
  readonly #logger: Logger;
  readonly #init: EmbeddedBrokerInit;
  readonly #sessions = new WeakMap<Client, Session>();
  readonly #clients = new Set<Client>();
  /** The user behind each client id that is connected. */
  readonly #usernames = new Map<string, string>();
  readonly #logged = new Set<string>();
  readonly #server: Server;
  readonly #aedes: Aedes;
  #authenticator: Authenticator | null = null;
  #refusalsWaiting = 0;

  private constructor(aedes: Aedes, { logger }: EmbeddedBrokerComponents, init: EmbeddedBrokerInit) {
    this.#aedes = aedes;
    this.#logger = logger;
    this.#init = init;
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.maxConnections = init.connectionsMax ?? defaultConnectionsMax;
    this.#configure();
  }

  static async create(components: EmbeddedBrokerComponents, init: EmbeddedBrokerInit): Promise<EmbeddedBroker> {
    const aedes = await Aedes.createBroker({
      persistence: new IndexedPersistence(),
      connectTimeout: connectMsMax,
      maxClientsIdLength: 64,
    });
    return new EmbeddedBroker(aedes, components, init);
  }

  /** Begins to accept connections; before, nobody finds half of what should be retained. */
  async listen(authenticator: Authenticator): Promise<void> {
    this.#authenticator = authenticator;
    const { host, port } = this.#init;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause) =>
        reject(
          new LlnError('CONFIG_INVALID', `cannot listen on ${host}:${port}: ${cause.message}`, { host, port }, cause),
        ),
      );
      this.#server.listen({ host, port }, resolve);
    });
  }

  /** Where operators and devices connect. */
  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    const isAny = address === '0.0.0.0' || address === '::';
    const host = isAny ? '127.0.0.1' : address;
    return `mqtt://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  }

  async start(filters: readonly string[], listener: BusListener): Promise<void> {
    for (const filter of filters) {
      await new Promise<void>((resolve) =>
        this.#aedes.subscribe(
          filter,
          (packet, done) => {
            const sender = this.#usernames.get(clientOf(packet)) ?? null;
            listener.onMessage({ topic: packet.topic, payload: Buffer.from(packet.payload), sender });
            // Not at once: the broker would take the next message of a burst on top of this one's stack.
            queueMicrotask(done);
          },
          resolve,
        ),
      );
    }
    await listener.onConnect();
  }

  publish({ topic, payload, retain }: OutgoingMessage): Promise<void> {
    const packet = {
      cmd: 'publish' as const,
      qos: 1 as const,
      dup: false,
      topic,
      payload: Buffer.from(payload),
      retain,
    };
    return new Promise((resolve, reject) => {
      this.#aedes.publish(packet, (error) => (error ? reject(error) : resolve()));
    });
  }

  endConnections(username: string): void {
    for (const client of this.#clients) {
      if (this.#sessions.get(client)?.username !== username) continue;
      // Without a session nothing is let through any more, its last will included.
      this.#sessions.delete(client);
      client.close();
    }
  }

  async stop(): Promise<void> {
    if (this.#server.listening) {
      const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
      await this.#closeBroker();
      await closed;
    } else {
      await this.#closeBroker();
    }
  }

  #closeBroker(): Promise<void> {
    return new Promise((resolve) => this.#aedes.close(resolve));
  }

  #accept(socket: Socket): void {
    socket.setNoDelay(true);
    const guard = new PacketSizeGuard(packetBytesMax);
    socket.on('data', (data: Buffer) => {
      if (!guard.accepts(data)) socket.destroy(new Error(`packet over ${packetBytesMax} bytes`));
    });
    this.#aedes.handle(socket);
  }

  #configure(): void {
    const aedes = this.#aedes;
    // Nothing is kept for absent clients: documents are retained, and devices keep their own events.
    aedes.preConnect = (_client, packet, done) => {
      packet.clean = true;
      done(null, true);
    };
    aedes.authenticate = (client, username, password, done) => {
      const session = this.#login(client, username, password);
      if (session === null) return this.#refuse(client, username, done);
      this.#sessions.set(client, session);
      done(null, true);
    };
    aedes.authorizePublish = (client, packet, done) => {
      const session = client === null ? undefined : this.#sessions.get(client);
      if (session !== undefined && mayPublish(this.#init.fleet, session.principal, packet.topic)) {
        // The coordinator hears it now and keeps what counts; memory for whatever a device makes up is not there.
        packet.retain = false;
        return done(null);
      }
      this.#logOnce(`${session?.username} publishes to ${packet.topic}`);
      done(new Error(`${session?.username ?? 'nobody'} may not publish to ${packet.topic}`));
    };
    aedes.authorizeSubscribe = (client, subscription, done) => {
      const session = this.#sessions.get(client);
      const isAllowed = session !== undefined && maySubscribe(this.#init.fleet, session.principal, subscription.topic);
      if (!isAllowed) this.#logOnce(`${session?.username} subscribes to ${subscription.topic}`);
      done(null, isAllowed ? subscription : null);
    };
    aedes.on('client', (client) => {
      this.#clients.add(client);
      this.#usernames.set(client.id, this.#sessions.get(client)?.username ?? '');
    });
    aedes.on('clientDisconnect', (client) => {
      this.#clients.delete(client);
      this.#usernames.delete(client.id);
    });
    aedes.on('clientError', (client, error) => this.#logger.debug({ client: client.id, err: error }, 'client dropped'));
    aedes.on('connectionError', (_client, error) => this.#logger.debug({ err: error }, 'connection dropped'));
  }

  /** A client id that somebody else uses is not taken over: it would throw that one out. */
  #login(client: Client, username: string | undefined, password: Buffer | undefined): Session | null {
    if (username === undefined || password === undefined || this.#authenticator === null) return null;
    const holder = this.#usernames.get(client.id);
    if (holder !== undefined && holder !== username) return null;
    const login = { username, password: password.toString('utf8'), clientId: client.id };
    const principal = this.#authenticator.authenticate(login);
    return principal === null ? null : { principal, username };
  }

  #refuse(
    client: Client,
    username: string | undefined,
    done: (error: AuthenticateError | null, success: boolean | null) => void,
  ): void {
    this.#logOnce(`wrong credentials for ${username?.slice(0, 64) ?? 'nobody'}`);
    if (this.#refusalsWaiting >= refusalsWaitingMax) {
      client.close();
      return;
    }
    this.#refusalsWaiting += 1;
    setTimeout(() => {
      this.#refusalsWaiting -= 1;
      done(Object.assign(new Error('bad user name or password'), { returnCode: badCredentials }), null);
    }, refusalDelayMs);
  }

  #logOnce(what: string): void {
    if (this.#logged.has(what) || this.#logged.size >= refusalsWaitingMax) return;
    this.#logged.add(what);
    this.#logger.warn({ what }, 'refused at the broker');
  }
}

/** The broker notes which client a packet came from; its type does not say so. */
function clientOf(packet: object): string {
  return 'clientId' in packet && typeof packet.clientId === 'string' ? packet.clientId : '';
}
