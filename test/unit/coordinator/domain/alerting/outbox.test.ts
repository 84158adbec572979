import {
  type AlertingChange,
  AlertingStateBuilder,
  afterAttempt,
  freshChannel,
  isDown,
  missingForMonitoring,
  type NoticeDraft,
  OutboxBuilder,
  queueOf,
  silentPolicy,
} from '@liquid-lln/coordinator';
import { type ChannelRecord, seededRandom } from '@liquid-lln/protocol';
import t from 'tap';
import { channelOf, down, somePolicy } from '../../../../support/coordinator/notices.js';

const draft: NoticeDraft = {
  topic: 'rollouts',
  event: 'wave-started',
  subject: 'r-000001',
  severity: 'info',
  title: 'a wave',
  detail: '',
  facts: {},
  atMs: 1_000,
};

class Outbox {
  readonly state = new AlertingStateBuilder();

  change(work: (outbox: OutboxBuilder) => void, policy = somePolicy): void {
    const outbox = new OutboxBuilder(this.state, policy);
    work(outbox);
    this.#apply(outbox.change());
  }

  queue(channel: string): number[] {
    return queueOf(this.state, channelOf(channel)).map(({ sequence }) => sequence);
  }

  #apply({ puts, drops }: AlertingChange): void {
    for (const record of puts) this.state.put(record);
    for (const record of drops) this.state.drop(record);
  }
}

t.test('a role is told through its first channel, a topic to those who subscribed, nobody twice', async (t) => {
  const outbox = new Outbox();
  outbox.change((each) => {
    each.post(draft, []);
    each.post({ ...draft, topic: 'incidents' }, ['on-call-engineer', 'ml-team']);
    each.post({ ...draft, topic: 'incidents' }, ['hardware-team', 'on-call-engineer']);
    each.post({ ...draft, topic: 'devices' }, []);
  });
  t.same(outbox.queue('hook'), [1]);
  t.same(outbox.queue('pager'), [1, 2], 'a role without channels is the on-call engineer');
  t.same(outbox.queue('chat'), [1]);
  t.same(outbox.queue('mail'), []);
  const [first] = queueOf(outbox.state, channelOf('pager'));
  t.match(first, { role: 'on-call-engineer', fallback: ['mail'] });
  t.equal(queueOf(outbox.state, channelOf('chat'))[0]?.noticeId, first?.noticeId, 'the same notice has one id');
});

t.test('sequences go on over an empty queue, so that a receiver sees what is missing', async (t) => {
  const outbox = new Outbox();
  outbox.change((each) => void each.post(draft, []));
  outbox.change((each) => queueOf(outbox.state, channelOf('hook')).forEach((notice) => void each.drop(notice)));
  outbox.change((each) => void each.post(draft, []));
  t.same(outbox.queue('hook'), [2]);
});

t.test('a full queue loses its oldest and counts it', async (t) => {
  const outbox = new Outbox();
  const policy = { ...somePolicy, queueMax: 3 };
  for (let round = 0; round < 5; round += 1) outbox.change((each) => void each.post(draft, []), policy);
  t.same(outbox.queue('hook'), [3, 4, 5]);
  t.equal(outbox.state.channels.get(channelOf('hook'))?.lost, 2);
});

t.test('B51: what a channel does not get through goes to the next one, with the same id', async (t) => {
  const outbox = new Outbox();
  outbox.change((each) => void each.post({ ...draft, topic: 'incidents' }, ['on-call-engineer']));
  const [notice] = queueOf(outbox.state, channelOf('pager'));
  if (notice === undefined) throw new Error('there is no notice');
  outbox.change((each) => void each.move(notice));
  t.same(outbox.queue('pager'), []);
  t.match(queueOf(outbox.state, channelOf('mail')), [
    { noticeId: notice.noticeId, fallback: [], role: 'on-call-engineer' },
  ]);
});

t.test('attempts come less and less often, never all at once, and as late as the receiver asks', async (t) => {
  let health = freshChannel;
  const waits: number[] = [];
  for (let nowMs = 0; waits.length < 20; nowMs = health.restUntilMs) {
    health = afterAttempt(health, down, nowMs, seededRandom(waits.length));
    waits.push(health.restUntilMs - nowMs);
  }
  t.ok((waits[0] ?? 0) >= 500 && (waits[0] ?? 0) <= 1_000);
  t.ok(Math.max(...waits) <= 300_000 && (waits.at(-1) ?? 0) >= 150_000);
  t.ok(isDown(health, 30, health.restUntilMs));
  const asked = afterAttempt(freshChannel, { result: 'failed', detail: 'busy', retryAfterMs: 60_000 }, 0, () => 0);
  t.equal(asked.restUntilMs, 60_000);
  t.same(
    afterAttempt(health, { result: 'delivered' }, 0, () => 0),
    freshChannel,
  );
});

t.test('monitoring is configured when somebody on call has acknowledged a test within 30 days', async (t) => {
  const outbox = new Outbox();
  const dayMs = 24 * 3600 * 1000;
  const missing = (nowMs: number) => missingForMonitoring(somePolicy, outbox.state, nowMs);
  const put = (test: ChannelRecord['test']) => {
    const channel = channelOf('mail');
    outbox.state.put({ of: 'channel', key: channel, value: { channel, deliveredMs: null, lost: 0, test } });
  };
  t.match(missingForMonitoring(silentPolicy, outbox.state, 0), [/no channel/]);
  t.match(missing(0), [/pager was never tested/, /mail was never tested/]);
  const sent = { noticeId: 'n', code: 'c', by: 'ada', atMs: 0, deliveredMs: null, acknowledged: null };
  put(sent);
  t.match(missing(0)[1], /has not delivered/);
  put({ ...sent, deliveredMs: 1 });
  t.match(missing(0)[1], /nobody has acknowledged/);
  put({ ...sent, deliveredMs: 1, acknowledged: { by: 'bob', reason: '', atMs: 2 } });
  t.same(missing(30 * dayMs), []);
  t.match(missing(31 * dayMs)[1], /not tested for 30 days/);
});
