import { createHash } from 'node:crypto';
import { silentPolicy } from '@liquid-lln/coordinator';
import {
  type AlertView,
  type Digest,
  digestSchema,
  LlnError,
  type OperatorReplyTo,
  type OperatorRequest,
  parseWith,
} from '@liquid-lln/protocol';
import t from 'tap';
import { InMemoryFleet } from '../../../support/coordinator/in-memory-fleet.js';
import { deployRequest } from '../../../support/operator-client.js';
import { digestOf, tinyPackage } from '../../../support/tiny-package.js';

/** A coordinator that knows its two devices. */
async function startFleet(): Promise<InMemoryFleet> {
  const fleet = new InMemoryFleet(2);
  await fleet.start();
  await fleet.enrolAll();
  await fleet.turn();
  return fleet;
}

let asked = 0;
async function alertsOf(fleet: InMemoryFleet, withEnded = false): Promise<AlertView[]> {
  const reply = await fleet.ask({ kind: 'alerts', withEnded, limit: 100 }, `list-${++asked}`);
  return (reply as OperatorReplyTo<'alerts'>).alerts;
}

/** Lets time pass in which the devices say nothing. */
async function silentFor(fleet: InMemoryFleet, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    fleet.clock.advance(1_000);
    await fleet.breathe();
  }
}

t.test('B28: devices that fall silent are alerts, which survive kill -9 and end when they speak again', async (t) => {
  const fleet = await startFleet();
  await silentFor(fleet, 40);
  t.match(await alertsOf(fleet), [
    { rule: 'unresponsive', subject: 'gw-1', endedMs: null },
    { rule: 'unresponsive', subject: 'gw-2' },
  ]);
  fleet.kill();
  await fleet.start();
  t.equal((await alertsOf(fleet)).length, 2);
  for (let second = 0; second < 40; second += 1) await fleet.turn();
  t.same(await alertsOf(fleet), []);
  t.equal((await alertsOf(fleet, true)).length, 2, 'they are kept');
});

t.test('B28: who acknowledged and silenced what, and why, is on record', async (t) => {
  const fleet = await startFleet();
  await silentFor(fleet, 40);
  const [first, second] = await alertsOf(fleet);
  if (first === undefined || second === undefined) throw new Error('there are not two alerts');
  const acknowledge: OperatorRequest = { kind: 'acknowledge', alerts: [first.alertId], reason: 'I am on it' };
  t.match(await fleet.ask(acknowledge, 'ack'), {
    alerts: [{ alertId: first.alertId, acknowledged: { by: 'operator', reason: 'I am on it' } }],
  });
  const matcher = { rule: null, subject: second.subject, environment: null };
  const silence: OperatorRequest = { kind: 'silence', matcher, forSeconds: 60, reason: 'being repaired' };
  t.match(await fleet.ask(silence, 'quiet'), { silence: { silenceId: 's-1' }, alerts: [{ silencedBy: 's-1' }] });
  await silentFor(fleet, 61);
  t.ok(
    (await alertsOf(fleet)).every(({ silencedBy }) => silencedBy === null),
    'the silence is over',
  );
  const actions = (await fleet.store.readAudit(100)).map(({ action, subject, reason }) => ({
    action,
    subject,
    reason,
  }));
  t.match(actions.slice(-2), [
    { action: 'acknowledge', subject: first.alertId, reason: 'I am on it' },
    { action: 'silence', subject: 's-1', reason: 'being repaired' },
  ]);
  const unknown: OperatorRequest = { kind: 'acknowledge', alerts: ['a-99' as AlertView['alertId']], reason: 'x' };
  t.match(await fleet.ask(unknown, 'who'), { of: 'error', error: { code: 'ALERT_UNKNOWN' } });
});

t.test(
  'B3, B28: a full disk raises no alert that nobody would remember; it is raised when there is room',
  async (t) => {
    const fleet = await startFleet();
    fleet.store.beforeCommit = () => {
      throw new LlnError('STORE_FULL', 'database or disk is full');
    };
    await silentFor(fleet, 40);
    fleet.store.beforeCommit = () => undefined;
    t.same((await fleet.store.load()).alerting, []);
    await silentFor(fleet, 5);
    t.same(
      (await alertsOf(fleet)).map(({ alertId }) => alertId),
      ['a-1', 'a-2'],
    );
  },
);

t.test('B14, B28: a rollout that nobody lets go on is one alert, which ends when it goes on', async (t) => {
  const fleet = new InMemoryFleet(2, { alerting: { ...silentPolicy, rolloutWaitingSeconds: 60 } });
  await fleet.start();
  await fleet.enrolAll();
  const digest = await upload(fleet);
  const held = fleet.devices[0];
  if (held === undefined) return;
  held.isTrialHeld = true;
  const reply = await fleet.ask(deployRequest(digest, 'production', [100]), 'deploy');
  const { rolloutId } = (reply as OperatorReplyTo<'deploy'>).rollout;
  await fleet.turn();
  await fleet.ask({ kind: 'pause', rolloutId, reason: 'lunch' }, 'pause');
  for (let second = 0; second < 60; second += 1) await fleet.turn();
  t.same(await alertsOf(fleet), [], 'a pause is none');
  for (let second = 0; second < 10; second += 1) await fleet.turn();
  const waiting = {
    rule: 'rollout-waiting',
    subject: rolloutId,
    endedMs: null,
    detail: /paused for .* by operator: lunch/,
  };
  t.match(await alertsOf(fleet), [waiting]);
  fleet.kill();
  await fleet.start();
  for (let second = 0; second < 10; second += 1) await fleet.turn();
  t.match(await alertsOf(fleet), [waiting], 'one alert, also after a restart');
  await fleet.ask({ kind: 'resume', rolloutId, reason: 'back' }, 'resume');
  held.isTrialHeld = false;
  for (let second = 0; second < 40; second += 1) await fleet.turn();
  t.same(await alertsOf(fleet), []);
  t.match(await alertsOf(fleet, true), [{ ...waiting, endedMs: Number, repeats: 0 }]);
});

/** @returns the digest of a package that is registered then */
async function upload(fleet: InMemoryFleet): Promise<Digest> {
  const file = tinyPackage();
  const fileDigest = parseWith(digestSchema, createHash('sha256').update(file).digest('hex'), 'digest');
  await fleet.turn();
  await fleet.ask({ kind: 'upload-open', fileDigest, sizeBytes: file.length }, 'open');
  await fleet.ask({ kind: 'upload-chunk', fileDigest, offset: 0, data: new Uint8Array(file) }, 'chunk');
  await fleet.ask({ kind: 'upload-close', fileDigest }, 'close');
  return parseWith(digestSchema, digestOf(file), 'digest');
}
