import { createServer } from 'node:net';
import {
  type ClientId,
  decodeMessage,
  encodeMessage,
  limits,
  mayPublish,
  maySubscribe,
  type OperatorProgress,
  type OperatorReply,
  type OperatorRequest,
  operatorProgressSchema,
  operatorReplySchema,
  operatorRequestSchema,
  type Principal,
  parseTopic,
  type RequestId,
  toErrorReport,
  topicsOf,
} from '@liquid-lln/protocol';
import { Aedes, type Client } from 'aedes';

const fleet = 'default';
const topics = topicsOf(fleet);
export const standInPassword = 'correct horse';

/** Where a request came from, for news that follow its answer. */
export interface Asker {
  readonly progress: (news: OperatorProgress) => void;
}

/** Answers a request, or leaves it unanswered with null. */
export type Script = (request: OperatorRequest, asker: Asker) => OperatorReply | null;

/** A broker with the real authorisation rules, and a scripted coordinator behind it. */
export interface StandIn {
  /** With the right credentials in it. */
  readonly url: string;
  readonly port: number;
  /** Every request that came, in order. */
  readonly requests: readonly OperatorRequest[];
  close(): Promise<void>;
}

export async function startStandIn(script: Script): Promise<StandIn> {
  const broker = await Aedes.createBroker();
  const requests: OperatorRequest[] = [];
  authorise(broker);
  broker.on('publish', (packet, client) => {
    const address = parseTopic(fleet, packet.topic);
    if (client === null || address?.kind !== 'operator-request') return;
    const request = decodeMessage(operatorRequestSchema, Buffer.from(packet.payload), 'request');
    requests.push(request);
    answer(broker, script, request, address.client, address.request);
  });
  const server = createServer(broker.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the stand-in has no port');
  return {
    url: `mqtt://operator:${encodeURIComponent(standInPassword)}@127.0.0.1:${bound.port}`,
    port: bound.port,
    requests,
    close: () => new Promise((resolve) => broker.close(() => server.close(() => resolve()))),
  };
}

function authorise(broker: Aedes): void {
  broker.authenticate = (_client, username, password, done) => {
    const isKnown = username === 'operator' && password?.toString() === standInPassword;
    done(isKnown ? null : Object.assign(new Error('bad credentials'), { returnCode: 5 }), isKnown);
  };
  broker.authorizePublish = (client, packet, done) => {
    const isAllowed = client === null || mayPublish(fleet, principalOf(client), packet.topic);
    done(isAllowed ? null : new Error(`may not publish to ${packet.topic}`));
  };
  broker.authorizeSubscribe = (client, subscription, done) => {
    const isAllowed = client === null || maySubscribe(fleet, principalOf(client), subscription.topic);
    done(null, isAllowed ? subscription : null);
  };
}

function principalOf(client: Client): Principal {
  return { role: 'operator', client: client.id as ClientId };
}

function answer(broker: Aedes, script: Script, request: OperatorRequest, client: ClientId, id: RequestId): void {
  const publish = (topic: string, payload: Uint8Array): void =>
    broker.publish(
      { cmd: 'publish', topic, payload: Buffer.from(payload), qos: 1, retain: false, dup: false },
      () => undefined,
    );
  const progress = (news: OperatorProgress): void =>
    publish(
      topics.operatorProgress(client, id),
      encodeMessage(operatorProgressSchema, news, 'progress', limits.replyBytesMax),
    );
  const reply = replyOf(script, request, { progress });
  if (reply === null) return;
  publish(
    topics.operatorReply(client, id),
    encodeMessage(operatorReplySchema, reply, 'scripted reply', limits.replyBytesMax),
  );
}

/** What a script throws is its answer. */
function replyOf(script: Script, request: OperatorRequest, asker: Asker): OperatorReply | null {
  try {
    return script(request, asker);
  } catch (thrown) {
    return { of: 'error', error: { ...toErrorReport(thrown) } };
  }
}
