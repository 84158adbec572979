import { connect, type Socket } from 'node:net';
import { generate, type IPublishPacket, type Packet, type Parser, parser } from 'mqtt-packet';

export interface LightClientInit {
  readonly host: string;
  readonly port: number;
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
  readonly will: { readonly topic: string; readonly payload: Buffer };
  readonly onPublish: (topic: string, payload: Buffer) => void;
  readonly onClose: (why: string) => void;
}

const keepaliveSeconds = 60;
const connectMsMax = 300_000;
const messageIdMax = 65_535;

/**
 * Just enough of MQTT 3.1.1 that ten thousand clients fit into a process: a socket, a parser, and the promises of what
 * was not acknowledged yet.
 */
export class LightClient {
  readonly #socket: Socket;
  readonly #parser: Parser = parser({ protocolVersion: 4 });
  readonly #init: LightClientInit;
  readonly #waiting = new Map<number, () => void>();
  #onConnected: ((returnCode: number) => void) | null = null;
  #messageId = 0;
  #lastSentMs = 0;

  private constructor(init: LightClientInit) {
    this.#init = init;
    this.#socket = connect({ host: init.host, port: init.port, noDelay: true });
    this.#socket.on('data', (data) => this.#parser.parse(data));
    this.#socket.on('error', (error) => init.onClose(error.message));
    this.#socket.on('close', () => init.onClose('closed'));
    this.#parser.on('packet', (packet) => this.#take(packet));
    this.#parser.on('error', (error: Error) => init.onClose(error.message));
  }

  /** @throws Error if the broker refuses, or does not answer in time */
  static async connect(init: LightClientInit): Promise<LightClient> {
    const client = new LightClient(init);
    const { clientId, username, password, will } = init;
    const returnCode = await new Promise<number>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${clientId} was not let in in time`)), connectMsMax);
      client.#onConnected = (code) => {
        clearTimeout(timer);
        resolve(code);
      };
      client.#send({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clean: true,
        clientId,
        keepalive: keepaliveSeconds,
        username,
        password: Buffer.from(password),
        will: { ...will, qos: 1, retain: true },
      });
    });
    if (returnCode !== 0) throw new Error(`${clientId} was refused with ${returnCode}`);
    return client;
  }

  /** Resolves when the broker has granted it. */
  subscribe(topics: readonly string[]): Promise<void> {
    return this.#acknowledged((messageId) =>
      this.#send({ cmd: 'subscribe', messageId, subscriptions: topics.map((topic) => ({ topic, qos: 1 })) }),
    );
  }

  unsubscribe(topics: readonly string[]): Promise<void> {
    return this.#acknowledged((messageId) =>
      this.#send({ cmd: 'unsubscribe', messageId, unsubscriptions: [...topics] }),
    );
  }

  /** With QoS 1: resolves when the broker has it. */
  publish(topic: string, payload: Uint8Array, retain: boolean): Promise<void> {
    return this.#acknowledged((messageId) =>
      this.#send({ cmd: 'publish', topic, payload: Buffer.from(payload), qos: 1, dup: false, retain, messageId }),
    );
  }

  /** With QoS 0. */
  throw(topic: string, payload: Uint8Array): void {
    this.#send({ cmd: 'publish', topic, payload: Buffer.from(payload), qos: 0, dup: false, retain: false });
  }

  /** To be called now and then: a broker ends connections that are silent. */
  keepAlive(nowMs: number): void {
    if (nowMs - this.#lastSentMs > (keepaliveSeconds * 1_000) / 2) this.#send({ cmd: 'pingreq' });
  }

  end(): void {
    this.#socket.destroy();
  }

  #acknowledged(send: (messageId: number) => void): Promise<void> {
    this.#messageId = (this.#messageId % messageIdMax) + 1;
    const messageId = this.#messageId;
    return new Promise((resolve) => {
      this.#waiting.set(messageId, resolve);
      send(messageId);
    });
  }

  #take(packet: Packet): void {
    switch (packet.cmd) {
      case 'connack':
        this.#onConnected?.(packet.returnCode ?? -1);
        break;
      case 'suback':
      case 'unsuback':
      case 'puback':
        this.#waiting.get(packet.messageId ?? 0)?.();
        this.#waiting.delete(packet.messageId ?? 0);
        break;
      case 'publish':
        this.#takePublish(packet);
        break;
      default:
        break;
    }
  }

  #takePublish({ topic, payload, qos, messageId }: IPublishPacket): void {
    if (qos > 0 && messageId !== undefined) this.#send({ cmd: 'puback', messageId });
    this.#init.onPublish(topic, Buffer.from(payload));
  }

  #send(packet: Packet): void {
    this.#lastSentMs = performance.now();
    this.#socket.write(generate(packet));
  }
}
