import { oldRecords, openTail } from '@liquid-lln/coordinator';
import { type DeviceShare, parseWith, rolloutIdSchema } from '@liquid-lln/protocol';
import t from 'tap';
import type { InMemoryFleet, StepDevice } from '../../../../support/coordinator/in-memory-fleet.js';
import { deployRecorded, recordedDigest, recordOf } from '../../../../support/coordinator/recorded-rollouts.js';
import { type Recorded, replayAsItWas, replayReport, replayUnder } from '../../../../support/coordinator/replays.js';
import { somePackage } from '../../../../support/fleet-views.js';

async function turns(fleet: InMemoryFleet, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) await fleet.turn();
}

/** The device of the first wave, and all others. */
async function canaryOf(fleet: InMemoryFleet): Promise<{ canary: StepDevice; others: readonly StepDevice[] }> {
  const { rollout } = await recordOf(fleet);
  const entered = new Set(rollout.members.filter(({ waveIndex }) => waveIndex === 0).map(({ deviceId }) => deviceId));
  const [canary] = fleet.devices.filter(({ deviceId }) => entered.has(deviceId));
  if (canary === undefined) throw new Error('the first wave is empty');
  return { canary, others: fleet.devices.filter((device) => device !== canary) };
}

/** A device leaves the package for its latency. */
function revert(device: StepDevice): void {
  const { generation } = device.reported;
  const outcome = {
    generation,
    digest: recordedDigest,
    code: 'latency',
    detail: 'latency 180 us, limit 150 us',
    atMs: 1,
  };
  device.reported = {
    ...device.reported,
    running: { ...somePackage(), slot: 'blue', state: 'confirmed', sinceMs: 1 },
    outcome: { ...outcome, result: 'reverted' },
  };
}

const oneDevice: DeviceShare = { devices: 1 };

function isReproduced(recorded: Recorded): boolean {
  return replayReport(recorded, {}).isReproduced;
}

t.test('B19: a rollout that passed, planned again, passes at the same moments', async (t) => {
  const fleet = await deployRecorded(4, [25, 100]);
  await turns(fleet, 12);
  const recorded = await recordOf(fleet);
  t.equal(recorded.rollout.status, 'succeeded');
  t.same(replayAsItWas(recorded).rollout, recorded.rollout, 'to the last field');
  const same = replayUnder(recorded, { limits: { failureBudget: { devices: 0 } } });
  t.equal(same.divergedMs, null);
  t.same(same.waves, replayAsItWas(recorded).waves);
  t.ok(isReproduced(recorded));
});

t.test('B19: a rollout that tripped trips again, and goes on under a budget for the device that failed', async (t) => {
  const fleet = await deployRecorded(8, [50, 100]);
  await turns(fleet, 1);
  const { canary } = await canaryOf(fleet);
  canary.isTrialHeld = true;
  await turns(fleet, 1);
  revert(canary);
  await turns(fleet, 4);
  const recorded = await recordOf(fleet);
  t.match(recorded.rollout, { status: 'halted', detail: new RegExp(`${canary.deviceId} reverted: latency`) });
  t.ok(isReproduced(recorded));
  const { asItWas, under, divergedMs, difference, unknown } = replayReport(recorded, {
    limits: { failureBudget: oneDevice },
  });
  t.match(asItWas.waves[0], { failedMs: recorded.rollout.endedMs, figures: { failed: 1 } });
  t.equal(divergedMs, recorded.rollout.endedMs, 'until then nothing was different');
  t.match(difference?.was, { gate: 'devices', verdict: 'failed', why: new RegExp(`${canary.deviceId} reverted`) });
  t.not(difference?.is?.verdict, 'failed');
  t.not(under.status, 'halted');
  t.ok(
    unknown.some((text) => text.startsWith('what devices would have done')),
    unknown.join('\n'),
  );
});

t.test(
  'B19: a silent device holds again, and with a budget for it the wave passes when the silence is one',
  async (t) => {
    const fleet = await deployRecorded(4, [50, 100], { limits: { silenceSecondsMax: 5 } });
    await turns(fleet, 1);
    const { canary } = await canaryOf(fleet);
    canary.isAway = true;
    fleet.goAway(canary);
    await turns(fleet, 12);
    const recorded = await recordOf(fleet);
    t.equal(recorded.rollout.status, 'running');
    t.ok(isReproduced(recorded));
    const { asItWas, under, divergedMs } = replayReport(recorded, { limits: { failureBudget: oneDevice } });
    t.match(asItWas.waves[0], { passedMs: null, failedMs: null, figures: { unknown: 1, done: 1 } });
    t.equal(asItWas.waves[0]?.gates.at(-1)?.verdict, 'error');
    t.match(asItWas.waves[0]?.gates.at(-1)?.why, new RegExp(`nothing is known of ${canary.deviceId}`));
    const silentMs = asItWas.waves[0]?.gates.at(-1)?.fromMs ?? 0;
    t.equal(under.waves[0]?.passedMs, silentMs, 'with the budget it passes the moment that the silence is one');
    t.equal(divergedMs, silentMs);
  },
);

t.test('B19: a longer deadline for silence passes the wave as much later', async (t) => {
  const fleet = await deployRecorded(4, [50, 100], { limits: { silenceSecondsMax: 5, failureBudget: oneDevice } });
  await turns(fleet, 1);
  const { canary } = await canaryOf(fleet);
  canary.isAway = true;
  fleet.goAway(canary);
  await turns(fleet, 25);
  const recorded = await recordOf(fleet);
  t.ok(isReproduced(recorded));
  const { asItWas, under } = replayReport(recorded, { limits: { silenceSecondsMax: 6 } });
  const [was, is] = [asItWas.waves[0]?.passedMs ?? 0, under.waves[0]?.passedMs ?? 0];
  t.equal(is - was, 1_000, 'by as much');
});

t.test(
  'B19: an inconclusive rollout is held again; a pause and a promotion of its operators are taken over',
  async (t) => {
    const fleet = await deployRecorded(4, [50, 100]);
    await turns(fleet, 1);
    const { canary } = await canaryOf(fleet);
    canary.isTrialHeld = true;
    await turns(fleet, 5);
    const held = await recordOf(fleet);
    t.ok(isReproduced(held));
    t.match(replayReport(held, {}).under.waves[0]?.gates.at(-1), { gate: 'devices', verdict: 'inconclusive' });
    const { rolloutId } = held.rollout;
    await fleet.ask({ kind: 'pause', rolloutId, reason: 'lunch' }, 'pause');
    await turns(fleet, 3);
    await fleet.ask({ kind: 'resume', rolloutId, reason: 'fed' }, 'resume');
    await turns(fleet, 2);
    await fleet.ask({ kind: 'promote', rolloutId, waveIndex: 0, reason: 'good enough' }, 'promote');
    await turns(fleet, 6);
    const recorded = await recordOf(fleet);
    t.ok(isReproduced(recorded));
    t.match(replayReport(recorded, {}).asItWas.waves[0], { promotedBy: 'operator' });
  },
);

t.test('B19: a coordinator that was killed on the way leaves a record that goes on', async (t) => {
  const fleet = await deployRecorded(4, [50, 100]);
  await turns(fleet, 1);
  const { canary } = await canaryOf(fleet);
  canary.isTrialHeld = true;
  await turns(fleet, 2);
  fleet.kill();
  await fleet.start();
  canary.isTrialHeld = false;
  await turns(fleet, 10);
  const recorded = await recordOf(fleet);
  t.equal(recorded.rollout.status, 'succeeded');
  t.ok(isReproduced(recorded));
  t.ok(replayReport(recorded, {}).unknown.some((text) => /coordinator started again/.test(text)));
});

t.test('B19: a rollout that was stopped just before the coordinator was killed ends so in its replay', async (t) => {
  const fleet = await deployRecorded(4, [50, 100]);
  const { canary } = await canaryOf(fleet);
  canary.isTrialHeld = true;
  await turns(fleet, 3);
  const { looks } = await recordOf(fleet);
  await fleet.ask({ kind: 'stop', rolloutId: (await recordOf(fleet)).rollout.rolloutId, reason: 'smoke' }, 'stop');
  fleet.kill();
  await fleet.start();
  await turns(fleet, 3);
  const recorded = await recordOf(fleet);
  t.equal(recorded.rollout.status, 'halted');
  t.same(recorded.looks, looks, 'no look has seen the stop');
  t.ok(isReproduced(recorded));
  t.match(replayReport(recorded, {}), { divergedMs: null, asItWas: { status: 'halted', detail: /smoke/ } });
});

t.test('B19: at most one device at once: the wave would have taken as many turns', async (t) => {
  const fleet = await deployRecorded(4, [100]);
  await turns(fleet, 10);
  const recorded = await recordOf(fleet);
  const { asItWas, under } = replayReport(recorded, { limits: { maxUnavailable: oneDevice } });
  t.equal(under.status, 'succeeded');
  const took = ({ waves: [wave] }: typeof under) => (wave?.passedMs ?? 0) - (wave?.startedMs ?? 0);
  t.ok(took(under) >= 3 * took(asItWas), `${took(under)} ms where it was ${took(asItWas)}`);
});

t.test('B19: an operator asks for a replay, and is told where nothing was recorded', async (t) => {
  const fleet = await deployRecorded(4, [25, 100]);
  await turns(fleet, 12);
  const { rollout } = await recordOf(fleet);
  const { rolloutId } = rollout;
  const whatIf = { limits: { maxUnavailable: oneDevice } };
  t.match(await fleet.ask({ kind: 'replay', rolloutId, whatIf }, 'replay'), {
    of: 'replay',
    replay: { rolloutId, isReproduced: true, asItWas: { status: 'succeeded' }, under: { status: 'succeeded' } },
  });
  const soak = { ...whatIf, soakSeconds: 10 ** 9 };
  t.match(await fleet.ask({ kind: 'replay', rolloutId, whatIf: soak }, 'soak'), { error: { code: 'USAGE' } });
  fleet.store.readTrace = async () => [];
  t.match(await fleet.ask({ kind: 'replay', rolloutId, whatIf }, 'lost'), { error: { code: 'ROLLOUT_NOT_RECORDED' } });
});

t.test('B19: whoever asked for a replay that takes its time hears every second that it goes on', async (t) => {
  const fleet = await deployRecorded(4, [25, 100]);
  await turns(fleet, 12);
  const recorded = await recordOf(fleet);
  const { rolloutId } = recorded.rollout;
  const looks = [...recorded.looks];
  fleet.store.readTrace = () => new Promise((resolve) => fleet.clock.after(30_000, () => resolve(looks)));
  const request = { kind: 'replay' as const, rolloutId, whatIf: {} };
  t.equal(await fleet.ask(request, 'slow'), null);
  t.equal(await fleet.ask(request, 'second'), null, 'it waits behind the first');
  await turns(fleet, 20);
  t.equal(progressOf(fleet, 'slow').length, 20);
  t.ok(progressOf(fleet, 'second').length >= 19, 'who waits behind it hears so, too');
  fleet.store.readTrace = async () => looks;
  await turns(fleet, 11);
  t.match(await fleet.ask(request, 'slow'), { of: 'replay', replay: { isReproduced: true } });
  const told = progressOf(fleet, 'slow').length;
  await turns(fleet, 5);
  t.equal(progressOf(fleet, 'slow').length, told, 'and nothing more when it is over');
});

/** What was told of a request on its way. */
function progressOf(fleet: InMemoryFleet, id: string) {
  return fleet.published.filter(({ topic }) => topic.endsWith(`/progress/${id}`));
}

t.test('of rollouts that are over the newest records are kept, of open ones all', async (t) => {
  const fleet = await deployRecorded(2, [50, 100]);
  const { rollout } = await recordOf(fleet);
  const named = (number: number, status: 'running' | 'halted') => ({
    ...rollout,
    status,
    rolloutId: parseWith(rolloutIdSchema, `r-00000${number}`, 'rollout id'),
  });
  const rollouts = [named(1, 'running'), named(2, 'halted'), named(3, 'halted'), named(4, 'halted')];
  const traces = new Map(rollouts.map(({ rolloutId }) => [rolloutId, openTail(1)]));
  t.same(oldRecords(rollouts, traces, 2), ['r-000002']);
  t.same(oldRecords(rollouts, traces, 4), []);
});
