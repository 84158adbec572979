import { createHash } from 'node:crypto';
import {
  type ClientId,
  clientIdSchema,
  type Digest,
  decodeMessage,
  defaultPolicy,
  digestSchema,
  encodeMessage,
  limits,
  type OperatorProgress,
  type OperatorReply,
  type OperatorReplyTo,
  type OperatorRequest,
  operatorProgressSchema,
  operatorReplySchema,
  operatorRequestSchema,
  parseTopic,
  parseWith,
  type RolloutSummary,
  requestIdSchema,
  topicRoot,
  topicsOf,
} from '@liquid-lln/protocol';
import { connectAsync, type MqttClient } from 'mqtt';
import type { OperatorCredentials } from './coordinator-process.js';

const replyMsMax = 15_000;
const repeatMs = 1_000;

/** An operator, as plain as the protocol allows. */
export class OperatorClient {
  readonly #mqtt: MqttClient;
  readonly #client: ClientId;
  readonly #topics = topicsOf('default');
  readonly #replies = new Map<string, (reply: OperatorReply) => void>();
  readonly progress: OperatorProgress[] = [];
  #requests = 0;

  private constructor(mqtt: MqttClient, client: ClientId) {
    this.#mqtt = mqtt;
    this.#client = client;
    mqtt.on('message', (topic, payload) => this.#receive(topic, payload));
  }

  static async connect(credentials: OperatorCredentials, name = 'tester'): Promise<OperatorClient> {
    const { broker, username, password } = credentials;
    const client = parseWith(clientIdSchema, name, 'client id');
    const mqtt = await connectAsync(broker, { clientId: client, username, password, reconnectPeriod: 200 });
    const operator = new OperatorClient(mqtt, client);
    const own = `${topicRoot('default')}/operator/${client}`;
    await mqtt.subscribeAsync([`${own}/reply/+`, `${own}/progress/+`], { qos: 1 });
    return operator;
  }

  /** Asks; an error reply is an answer too. @param id to send the same request again */
  async ask(request: OperatorRequest, id = `q${++this.#requests}`): Promise<OperatorReply> {
    const requestId = parseWith(requestIdSchema, id, 'request id');
    const payload = encodeMessage(operatorRequestSchema, request, 'request');
    const topic = this.#topics.operatorRequest(this.#client, requestId);
    const send = () => this.#mqtt.publish(topic, Buffer.from(payload), { qos: 1 });
    send();
    // Repeated with the same id, as any client has to do where answers may be lost.
    const repeating = setInterval(send, repeatMs);
    return new Promise<OperatorReply>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to ${request.kind}`)), replyMsMax);
      this.#replies.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
    }).finally(() => clearInterval(repeating));
  }

  /** Asks for something that must work. */
  async request<K extends OperatorRequest['kind']>(
    request: Extract<OperatorRequest, { kind: K }>,
    id?: string,
  ): Promise<OperatorReplyTo<K>> {
    const reply = await this.ask(request, id);
    if (reply.of === 'error') throw new Error(`${reply.error.code}: ${reply.error.message}`);
    if (!isReplyTo(reply, request.kind)) throw new Error(`${reply.of} answers ${request.kind}`);
    return reply;
  }

  /** Uploads and registers a package file. */
  async register(file: Uint8Array): Promise<Digest> {
    const fileDigest = parseWith(digestSchema, createHash('sha256').update(file).digest('hex'), 'digest');
    const reply = await this.upload(file, fileDigest);
    if (reply.of === 'upload-close') return reply.registered.digest;
    throw new Error(JSON.stringify(reply));
  }

  async upload(file: Uint8Array, fileDigest: Digest): Promise<OperatorReply> {
    const opened = await this.request({ kind: 'upload-open', fileDigest, sizeBytes: file.length });
    for (let offset = opened.haveBytes; offset < file.length; ) {
      const data = new Uint8Array(file.subarray(offset, offset + limits.chunkBytes));
      offset = (await this.request({ kind: 'upload-chunk', fileDigest, offset, data })).haveBytes;
    }
    return this.ask({ kind: 'upload-close', fileDigest });
  }

  async rollout(rolloutId: RolloutSummary['rolloutId']): Promise<RolloutSummary> {
    return (await this.request({ kind: 'rollout', rolloutId })).rollout;
  }

  async disconnect(): Promise<void> {
    await this.#mqtt.endAsync(true);
  }

  #receive(topic: string, payload: Uint8Array): void {
    const address = parseTopic('default', topic);
    if (address?.kind === 'operator-reply')
      this.#replies.get(address.request)?.(decodeMessage(operatorReplySchema, payload, 'reply', limits.replyBytesMax));
    if (address?.kind === 'operator-progress')
      this.progress.push(decodeMessage(operatorProgressSchema, payload, 'progress', limits.replyBytesMax));
  }
}

/** A deploy with everything that most tests do not care about. */
export function deployRequest(
  digest: Digest,
  target: string,
  waves: number[] | null = null,
  override: string | null = null,
): Extract<OperatorRequest, { kind: 'deploy' }> {
  return {
    kind: 'deploy',
    target: { name: target, environment: null },
    digest,
    waves,
    policy: defaultPolicy,
    batchSize: 4,
    override,
    reason: null,
  };
}

function isReplyTo<K extends OperatorRequest['kind']>(reply: OperatorReply, kind: K): reply is OperatorReplyTo<K> {
  return reply.of === kind;
}
