import { CoordinatorClient, type OperatorLink } from '@liquid-lln/cli/testing';
import {
  clientIdSchema,
  decodeMessage,
  encodeMessage,
  LlnError,
  type OperatorProgress,
  type OperatorReply,
  type OperatorRequest,
  operatorProgressSchema,
  operatorReplySchema,
  operatorRequestSchema,
  parseTopic,
  parseWith,
  type RequestId,
  requestIdSchema,
  seededRandom,
  topicsOf,
} from '@liquid-lln/protocol';
import { ManualClock } from '@liquid-lln/protocol/testing';
import t from 'tap';
import { someRollout } from '../../../support/fleet-views.js';

const fleet = 'default';
const clientId = parseWith(clientIdSchema, 'cli-1', 'client id');
const topics = topicsOf(fleet);

/** A link whose other side is the test. */
class FakeLink implements OperatorLink {
  readonly clientId = clientId;
  readonly sent: { readonly request: RequestId; readonly content: OperatorRequest }[] = [];
  #listener: (topic: string, payload: Uint8Array) => void = () => undefined;

  publish(topic: string, payload: Uint8Array): void {
    const address = parseTopic(fleet, topic);
    if (address?.kind !== 'operator-request') throw new Error(`published to ${topic}`);
    this.sent.push({ request: address.request, content: decodeMessage(operatorRequestSchema, payload, 'request') });
  }

  onMessage(listener: (topic: string, payload: Uint8Array) => void): void {
    this.#listener = listener;
  }

  async close(): Promise<void> {}

  reply(request: RequestId, reply: OperatorReply): void {
    this.#listener(topics.operatorReply(clientId, request), encodeMessage(operatorReplySchema, reply, 'reply'));
  }

  progress(request: RequestId, news: OperatorProgress): void {
    this.#listener(topics.operatorProgress(clientId, request), encodeMessage(operatorProgressSchema, news, 'news'));
  }

  garbage(request: RequestId): void {
    this.#listener(topics.operatorReply(clientId, request), Buffer.from([0xff]));
  }
}

function setUp() {
  const link = new FakeLink();
  const clock = new ManualClock();
  let requests = 0;
  const newRequestId = () => parseWith(requestIdSchema, `q${++requests}`, 'request id');
  const client = new CoordinatorClient({ link, clock, random: seededRandom(1), newRequestId }, { fleet });
  /** The id of the newest request. */
  const newest = (): RequestId => {
    const last = link.sent.at(-1);
    if (last === undefined) throw new Error('nothing was sent');
    return last.request;
  };
  return { link, clock, client, newest };
}

t.test('a request ends with its own reply, whatever else arrives', async (t) => {
  const { link, client, newest } = setUp();
  const first = client.request({ kind: 'packages' });
  const firstId = newest();
  const second = client.request({ kind: 'rollouts', limit: 5 });
  link.reply(newest(), { of: 'rollouts', rollouts: [] });
  link.reply(parseWith(requestIdSchema, 'stranger', 'id'), { of: 'packages', packages: [] });
  link.reply(firstId, { of: 'packages', packages: [] });
  link.reply(firstId, { of: 'packages', packages: [] });
  t.same(await second, { of: 'rollouts', rollouts: [] });
  t.same(await first, { of: 'packages', packages: [] });
});

t.test('without an answer a request is sent again with the same id, ever more rarely, and ends', async (t) => {
  const { link, clock, client } = setUp();
  const failure = t.rejects(client.request({ kind: 'packages' }), { code: 'COORDINATOR_UNREACHABLE' });
  clock.advance(14_999);
  t.ok(link.sent.length >= 3 && link.sent.length <= 6, `${link.sent.length} times`);
  t.equal(new Set(link.sent.map(({ request }) => request)).size, 1);
  clock.advance(1);
  await failure;
  const before = link.sent.length;
  clock.advance(60_000);
  t.equal(link.sent.length, before, 'then it is over');
});

t.test(
  'news of a request give its answer as long as at the beginning; after it, or without any, the wait ends',
  async (t) => {
    const { link, clock, client, newest } = setUp();
    const { rolloutId } = someRollout();
    const conversation = client.converse<'replay'>({ kind: 'replay', rolloutId, whatIf: {} });
    const failure = t.rejects(conversation.reply, { code: 'COORDINATOR_UNREACHABLE' });
    for (let done = 0; done < 30; done += 1) {
      clock.advance(10_000);
      link.progress(newest(), { kind: 'replay', done, total: 100 });
    }
    clock.advance(14_999);
    const sent = link.sent.length;
    clock.advance(1);
    await failure;
    link.progress(newest(), { kind: 'replay', done: 99, total: 100 });
    clock.advance(60_000);
    t.equal(link.sent.length, sent, 'late news begin nothing again');
  },
);

t.test('an answer ends the repetitions', async (t) => {
  const { link, clock, client, newest } = setUp();
  const request = client.request({ kind: 'packages' });
  link.reply(newest(), { of: 'packages', packages: [] });
  await request;
  clock.advance(60_000);
  t.equal(link.sent.length, 1);
});

t.test('the coordinator’s error is thrown as it is', async (t) => {
  const { link, client, newest } = setUp();
  const request = client.request({ kind: 'packages' });
  const error = new LlnError('TARGET_UNKNOWN', 'no "mars"', { target: 'mars' }).toReport();
  link.reply(newest(), { of: 'error', error });
  await t.rejects(request, { code: 'TARGET_UNKNOWN', message: 'no "mars"', context: { target: 'mars' } });
});

t.test('an answer that is not one is refused', async (t) => {
  const { link, client, newest } = setUp();
  const garbled = client.request({ kind: 'packages' });
  link.garbage(newest());
  await t.rejects(garbled, { code: 'MESSAGE_INVALID' });
  const confused = client.request({ kind: 'packages' });
  link.reply(newest(), { of: 'rollouts', rollouts: [] });
  await t.rejects(confused, { code: 'MESSAGE_INVALID', message: /packages request with a reply to rollouts/ });
});

t.test('a request that breaks the protocol is not sent', async (t) => {
  const { link, client } = setUp();
  await t.rejects(client.request({ kind: 'rollouts', limit: 0 }), { code: 'USAGE' });
  t.same(link.sent, []);
});

t.test('news of a conversation come in order, before and after the reply, until it is closed', async (t) => {
  const { link, client, newest } = setUp();
  const conversation = client.converse<'rollout'>({ kind: 'rollout', rolloutId: someRollout().rolloutId });
  const request = newest();
  link.progress(request, { kind: 'rollout', rollout: someRollout({ status: 'running' }) });
  link.reply(request, { of: 'rollout', rollout: someRollout() });
  link.progress(request, { kind: 'rollout', rollout: someRollout({ status: 'waiting' }) });
  conversation.close();
  link.progress(request, { kind: 'rollout', rollout: someRollout({ status: 'halted' }) });
  t.equal((await conversation.reply).rollout.status, 'succeeded');
  const seen: string[] = [];
  for await (const news of conversation.progress) if (news.kind === 'rollout') seen.push(news.rollout.status);
  t.same(seen, ['running', 'waiting']);
});

t.test('closing the client ends what still waits', async (t) => {
  const { client } = setUp();
  const waiting = t.rejects(client.request({ kind: 'packages' }), { code: 'COORDINATOR_UNREACHABLE' });
  await client.close();
  await waiting;
});
