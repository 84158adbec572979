import { createHash } from 'node:crypto';
import {
  type ChannelView,
  type Digest,
  digestSchema,
  type OperatorReply,
  type OperatorReplyTo,
  type OperatorRequest,
  parseWith,
} from '@liquid-lln/protocol';
import t from 'tap';
import { InMemoryFleet } from '../../../support/coordinator/in-memory-fleet.js';
import { channelOf, down, ScriptedChannels, somePolicy } from '../../../support/coordinator/notices.js';
import { deployRequest } from '../../../support/operator-client.js';
import { digestOf, tinyPackage } from '../../../support/tiny-package.js';

const file = tinyPackage();
const fileDigest = parseWith(digestSchema, createHash('sha256').update(file).digest('hex'), 'digest');
const digest: Digest = parseWith(digestSchema, digestOf(file), 'digest');

async function startFleet(channels: ScriptedChannels): Promise<InMemoryFleet> {
  const fleet = new InMemoryFleet(2, { alerting: somePolicy, channels });
  await fleet.start();
  await fleet.enrolAll();
  await fleet.turn();
  return fleet;
}

/** Asks until it is answered, starting the coordinator again where it died. */
async function askUntilAnswered(fleet: InMemoryFleet, request: OperatorRequest, id: string): Promise<OperatorReply> {
  for (;;) {
    if (!fleet.isAlive) await fleet.start();
    const reply = await fleet.ask(request, id);
    if (reply !== null) return reply;
  }
}

async function deployTo(fleet: InMemoryFleet): Promise<void> {
  await askUntilAnswered(fleet, { kind: 'upload-open', fileDigest, sizeBytes: file.length }, 'u1');
  await askUntilAnswered(fleet, { kind: 'upload-chunk', fileDigest, offset: 0, data: new Uint8Array(file) }, 'u2');
  await askUntilAnswered(fleet, { kind: 'upload-close', fileDigest }, 'u3');
  await askUntilAnswered(fleet, deployRequest(digest, 'production', [50, 100]), 'd1');
  for (let turn = 0; turn < 15; turn += 1) {
    if (!fleet.isAlive) await fleet.start();
    await fleet.turn();
  }
}

const story = ['deploy', 'wave-started', 'wave-passed', 'wave-started', 'wave-passed', 'rollout-succeeded'];

t.test('B53: a subscriber gets every event of a rollout, in order, once', async (t) => {
  const channels = new ScriptedChannels();
  const fleet = await startFleet(channels);
  await deployTo(fleet);
  t.same(
    channels.through('hook').map((text) => text.split(' ', 1)[0]),
    story,
  );
  t.same(
    channels.arrived.map(({ sequence }) => sequence),
    story.map((_, index) => index + 1),
  );
});

t.test(
  'B53: killed at any delivery, it sends the same again with the same id, in order, and loses nothing',
  async (t) => {
    for (let killAt = 1; killAt <= story.length; killAt += 1) {
      const channels = new ScriptedChannels();
      const fleet = await startFleet(channels);
      let arrivals = 0;
      channels.onArrival = () => {
        arrivals += 1;
        if (arrivals === killAt) fleet.kill();
      };
      await deployTo(fleet);
      const seen = new Map(channels.arrived.map(({ noticeId, event }) => [noticeId, event]));
      t.same([...seen.values()], story, `killed at delivery ${killAt}`);
      t.equal(channels.arrived.length, story.length + 1, 'one came twice');
      const sequences = channels.arrived.map(({ sequence }) => sequence);
      t.same(
        sequences,
        sequences.toSorted((a, b) => a - b),
      );
    }
  },
);

t.test('B53: a receiver that is down for a while gets everything in order when it is back', async (t) => {
  const channels = new ScriptedChannels();
  const fleet = await startFleet(channels);
  channels.answer('hook', down);
  await deployTo(fleet);
  t.ok(new Set(channels.arrived.map(({ noticeId }) => noticeId)).size === 1, 'nothing overtakes the first one');
  channels.answer('hook', { result: 'delivered' });
  const before = channels.arrived.length;
  for (let turn = 0; turn < 60; turn += 1) await fleet.turn();
  t.same(
    channels.arrived.slice(before).map(({ event }) => event),
    story,
  );
});

t.test('a notice that a receiver refuses for good is on record, and those behind it go on', async (t) => {
  const channels = new ScriptedChannels();
  const fleet = await startFleet(channels);
  channels.answer('hook', { result: 'refused', detail: 'the receiver answers 422' });
  await deployTo(fleet);
  t.equal(channels.arrived.length, story.length);
  const given = (await fleet.store.readAudit(100)).filter(({ action }) => action === 'notice-given-up');
  t.match(given[0], { subject: 'hook', detail: /422/ });
  t.equal(given.length, story.length);
});

/** Lets time pass in which the devices say nothing. */
async function silentFor(fleet: InMemoryFleet, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    fleet.clock.advance(1_000);
    await fleet.breathe();
  }
}

t.test('B51: with the first channel down the second one is used, and the channel itself is an alert', async (t) => {
  const channels = new ScriptedChannels();
  const fleet = await startFleet(channels);
  channels.answer('pager', down);
  await silentFor(fleet, 40);
  t.ok(channels.through('pager').length > 0, 'it was tried');
  await silentFor(fleet, 35);
  t.same(channels.through('mail').slice(0, 2), ['raised a-1', 'raised a-2']);
  await silentFor(fleet, 60);
  const reply = (await fleet.ask({ kind: 'alerts', withEnded: false, limit: 10 }, 'l')) as OperatorReplyTo<'alerts'>;
  t.match(reply.alerts[0], { rule: 'channel-down', subject: 'pager', detail: /503/ });
});

t.test('B28: an alert that is silenced or known is told to nobody, its end is', async (t) => {
  const channels = new ScriptedChannels();
  const fleet = await startFleet(channels);
  const matcher = { rule: null, subject: 'gw-1', environment: null };
  await fleet.ask({ kind: 'silence', matcher, forSeconds: 3_600, reason: 'repair' }, 's');
  await silentFor(fleet, 40);
  t.same(channels.through('pager'), ['raised a-2']);
  await fleet.ask({ kind: 'acknowledge', alerts: ['a-2' as never], reason: 'I know' }, 'a');
  for (let turn = 0; turn < 40; turn += 1) await fleet.turn();
  t.same(channels.through('pager'), ['raised a-2', 'ended a-2']);
  t.same(channels.through('hook'), ['raised a-2', 'acknowledged a-2', 'ended a-2']);
});

async function channelsOf(fleet: InMemoryFleet, id: string) {
  return (await fleet.ask({ kind: 'channels' }, id)) as OperatorReplyTo<'channels'>;
}

t.test('a test of the channels can be acknowledged by whoever read it there', async (t) => {
  const channels = new ScriptedChannels();
  const fleet = await startFleet(channels);
  channels.answer('chat', down);
  t.match((await channelsOf(fleet, 'c1')).missing, [/pager was never tested/, /mail was never tested/]);
  await fleet.ask({ kind: 'notify', isTest: true, role: null, channel: null, message: 'hello' }, 'n');
  await silentFor(fleet, 2);
  const byName = (views: readonly ChannelView[], name: string) => views.find(({ channel }) => channel === name);
  const after = await channelsOf(fleet, 'c2');
  t.match(byName(after.channels, 'chat'), { waiting: 1, failing: { detail: /503/ }, test: { deliveredMs: null } });
  t.type(byName(after.channels, 'pager')?.test?.deliveredMs, 'number');
  t.notMatch(JSON.stringify(after), /seed-/, 'the code is in the notice alone');
  const code = String(channels.arrived.find(({ channel }) => channel === 'pager')?.facts['code']);
  t.match(await fleet.ask({ kind: 'acknowledge-test', code: 'guessed' }, 'x'), { error: { code: 'CHANNEL_UNKNOWN' } });
  t.match(await fleet.ask({ kind: 'acknowledge-test', code }, 'y'), { of: 'acknowledge-test' });
  t.same((await channelsOf(fleet, 'c3')).missing, []);
});

t.test('a message goes to a role, or through one channel', async (t) => {
  const channels = new ScriptedChannels();
  const fleet = await startFleet(channels);
  const message = { kind: 'notify' as const, isTest: false, message: 'deploying at noon' };
  t.match(await fleet.ask({ ...message, role: 'ml-team', channel: null }, '1'), { channels: ['chat'] });
  t.match(await fleet.ask({ ...message, role: null, channel: channelOf('mail') }, '2'), { channels: ['mail'] });
  const unknown = { ...message, role: null, channel: channelOf('fax') };
  t.match(await fleet.ask(unknown, '3'), { error: { code: 'CHANNEL_UNKNOWN' } });
  await silentFor(fleet, 1);
  t.match(channels.through('chat'), ['message operator']);
  t.match(channels.through('mail'), ['message operator']);
});
