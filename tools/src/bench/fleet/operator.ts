import { createHash } from 'node:crypto';
import {
  clientIdSchema,
  type Digest,
  decodeMessage,
  digestSchema,
  encodeMessage,
  limits,
  type OperatorReply,
  type OperatorReplyTo,
  type OperatorRequest,
  operatorReplySchema,
  operatorRequestSchema,
  parseTopic,
  parseWith,
  requestIdSchema,
  text,
  topicsOf,
} from '@liquid-lln/protocol';
import { connectAsync, type MqttClient } from 'mqtt';
import * as v from 'valibot';

export const credentialsSchema = v.strictObject({ broker: text(200), username: text(64), password: text(200) });
export type Credentials = v.InferOutput<typeof credentialsSchema>;

const client = parseWith(clientIdSchema, 'bench', 'client id');
const replyMsMax = 120_000;

/** An operator with one connection for all requests, so that none pays for the start of a process. */
export class BenchOperator {
  readonly #mqtt: MqttClient;
  readonly #topics = topicsOf('default');
  readonly #waiting = new Map<string, (reply: OperatorReply) => void>();
  #requests = 0;

  private constructor(mqtt: MqttClient) {
    this.#mqtt = mqtt;
    mqtt.on('message', (topic, payload) => this.#take(topic, payload));
  }

  static async connect({ broker, username, password }: Credentials): Promise<BenchOperator> {
    const mqtt = await connectAsync(broker, { clientId: client, username, password });
    const operator = new BenchOperator(mqtt);
    const own = operator.#topics.operatorReply(client, parseWith(requestIdSchema, 'x', 'request id')).slice(0, -1);
    await mqtt.subscribeAsync([`${own}+`, `${own.replace('/reply/', '/progress/')}+`], { qos: 1 });
    return operator;
  }

  /** @throws Error for an error reply, and where none comes */
  async request<K extends OperatorRequest['kind']>(
    request: Extract<OperatorRequest, { kind: K }>,
  ): Promise<OperatorReplyTo<K>> {
    this.#requests += 1;
    const id = parseWith(requestIdSchema, `q${this.#requests}`, 'request id');
    const answered = new Promise<OperatorReply>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no reply to ${request.kind}`)), replyMsMax);
      this.#waiting.set(id, (reply) => {
        clearTimeout(timer);
        resolve(reply);
      });
    });
    const payload = Buffer.from(encodeMessage(operatorRequestSchema, request, 'request'));
    await this.#mqtt.publishAsync(this.#topics.operatorRequest(client, id), payload, { qos: 1 });
    const reply = await answered;
    if (reply.of === 'error') throw new Error(`${request.kind}: ${reply.error.code}, ${reply.error.message}`);
    if (!isReplyTo(reply, request.kind)) throw new Error(`${reply.of} answers ${request.kind}`);
    return reply;
  }

  /** Uploads and registers a package. */
  async register(file: Uint8Array): Promise<Digest> {
    const fileDigest = parseWith(digestSchema, createHash('sha256').update(file).digest('hex'), 'digest');
    await this.request({ kind: 'upload-open', fileDigest, sizeBytes: file.length });
    for (let offset = 0; offset < file.length; offset += limits.chunkBytes) {
      const data = new Uint8Array(file.subarray(offset, offset + limits.chunkBytes));
      await this.request({ kind: 'upload-chunk', fileDigest, offset, data });
    }
    return (await this.request({ kind: 'upload-close', fileDigest })).registered.digest;
  }

  async disconnect(): Promise<void> {
    await this.#mqtt.endAsync(true);
  }

  #take(topic: string, payload: Uint8Array): void {
    const address = parseTopic('default', topic);
    if (address?.kind !== 'operator-reply') return;
    this.#waiting.get(address.request)?.(decodeMessage(operatorReplySchema, payload, 'reply', limits.replyBytesMax));
    this.#waiting.delete(address.request);
  }
}

function isReplyTo<K extends OperatorRequest['kind']>(reply: OperatorReply, kind: K): reply is OperatorReplyTo<K> {
  return reply.of === kind;
}
