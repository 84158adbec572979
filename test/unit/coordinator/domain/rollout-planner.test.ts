import { documentsOfSteps, haltRollout, planRollout, summarizeRollout } from '@liquid-lln/coordinator';
import { digestSchema, parseWith, rolloutSummarySchema } from '@liquid-lln/protocol';
import t from 'tap';
import * as v from 'valibot';
import {
  advance,
  fleetOf,
  generationOf,
  outcomeOf,
  quietTime,
  runningNew,
  someDevice,
  someFleet,
  someRollout,
  withReport,
} from '../../../support/coordinator/rollout-builders.js';

function memberOfWave(rollout: ReturnType<typeof someRollout>, waveIndex: number): string {
  return rollout.members.find((member) => member.waveIndex === waveIndex)?.deviceId ?? '';
}

t.test('a rollout goes from its first wave to its end, one wave at a time', async (t) => {
  let fleet = someFleet(4);
  const planned = someRollout(fleet);
  const first = advance(planned, fleet, 1);
  t.same(first.plan.steps, [{ kind: 'start-wave', waveIndex: 0 }]);
  t.same(advance(first.rollout, fleet, 2).plan.steps, [], 'it waits');
  fleet = withReport(fleet, memberOfWave(planned, 0), runningNew('trial', 1));
  t.same(advance(first.rollout, fleet, 2).plan.steps, [], 'a trial is not enough');
  fleet = withReport(fleet, memberOfWave(planned, 0), runningNew('confirmed', 1));
  const second = advance(first.rollout, fleet, 2);
  t.same(second.plan.steps, [
    { kind: 'pass-wave', waveIndex: 0 },
    { kind: 'start-wave', waveIndex: 1 },
  ]);
  for (const member of planned.members.slice(1)) fleet = withReport(fleet, member.deviceId, runningNew('confirmed', 2));
  const third = advance(second.rollout, fleet, 3);
  t.same(third.plan.steps, [{ kind: 'pass-wave', waveIndex: 1 }, { kind: 'complete' }]);
  t.equal(third.rollout.status, 'succeeded');
  t.same(advance(third.rollout, someFleet(4), 4).plan.steps, [], 'what comes later is another story');
});

t.test('the report says of every wave and device what it waits for', async (t) => {
  const fleet = someFleet(4);
  const { rollout } = advance(someRollout(fleet), fleet, 1);
  const { report } = planRollout(rollout, fleet, quietTime, () => true);
  t.match(report.waves, [
    {
      verdict: 'inconclusive',
      waitingFor: /0 of 1 confirmed; waits for gw-\d \(assigned: has not taken up generation 1\)/,
    },
    { verdict: 'inconclusive', waitingFor: 'begins when wave 1 has passed' },
  ]);
  t.same(report.members.map((member) => member.progress).sort(), ['assigned', 'pending', 'pending', 'pending']);
  t.ok(v.is(rolloutSummarySchema, summarizeRollout(rollout, fleet, quietTime)));
});

t.test('a subset waits when it is done', async (t) => {
  let fleet = someFleet(4);
  const { rollout } = advance(someRollout(fleet, [25]), fleet, 1);
  fleet = withReport(fleet, memberOfWave(rollout, 0), runningNew('confirmed', 1));
  const waiting = advance(rollout, fleet, 2);
  t.same(waiting.plan.steps, [{ kind: 'pass-wave', waveIndex: 0 }, { kind: 'wait-for-more' }]);
  t.equal(waiting.rollout.status, 'waiting');
  t.same(advance(waiting.rollout, fleet, 3).plan.steps, []);
  fleet = withReport(fleet, memberOfWave(rollout, 0), { outcome: outcomeOf('reverted', 1, 'crash') });
  t.equal(advance(waiting.rollout, fleet, 3).rollout.status, 'halted', 'a device that goes back while it waits');
});

t.test('B13: a failure halts the rollout and takes the package from the whole cohort', async (t) => {
  let fleet = someFleet(4);
  const { rollout } = advance(someRollout(fleet, [50, 100]), fleet, 1);
  fleet = withReport(fleet, memberOfWave(rollout, 0), { outcome: outcomeOf('reverted', 1, 'error-rate') });
  const tripped = advance(rollout, fleet, 2);
  t.match(tripped.plan.steps, [
    { kind: 'record-failure', deviceId: memberOfWave(rollout, 0) },
    { kind: 'halt', reason: /reverted: error-rate/ },
    { kind: 'roll-back-cohort', waveIndex: 0 },
  ]);
  const documents = documentsOfSteps(
    rollout,
    tripped.plan.steps,
    { next: generationOf(2), parent: generationOf(1) },
    fleet,
  );
  t.match(documents, [
    {
      kind: 'wave',
      environment: 'production',
      document: { generation: 2, parent: 1, instruction: { kind: 'rollback', from: ['b'.repeat(64)] } },
    },
  ]);
  t.same(documents[0]?.kind === 'wave' && documents[0].document.cohort, rollout.waves[0]?.cohort);
  t.same(advance(tripped.rollout, fleet, 3).plan.steps, [], 'a halted rollout does not move');
});

t.test('a device that failed stays failed when it goes on to other things', async (t) => {
  let fleet = someFleet(2);
  const { rollout } = advance(someRollout(fleet, [100]), fleet, 1);
  fleet = withReport(fleet, 'gw-1', { outcome: outcomeOf('reverted', 1, 'latency') });
  const tripped = advance(rollout, fleet, 2);
  fleet = withReport(fleet, 'gw-1', { outcome: outcomeOf('rolled-back', 2) });
  const { report } = planRollout(tripped.rollout, fleet, quietTime, () => true);
  t.match(
    report.members.find((member) => member.deviceId === 'gw-1'),
    { progress: 'reverted', outcome: { code: 'latency' } },
  );
});

t.test('a target that is no environment is told device by device', async (t) => {
  const fleet = fleetOf([someDevice('gw-1'), someDevice('gw-2', { environment: 'staging' })]);
  const rollout = someRollout(fleet, null, 'gw-2');
  const { plan } = advance(rollout, fleet, 7);
  const documents = documentsOfSteps(rollout, plan.steps, { next: generationOf(7), parent: generationOf(6) }, fleet);
  t.match(documents, [
    { kind: 'desired', deviceId: 'gw-2', document: { generation: 7, admission: 2, instruction: { kind: 'deploy' } } },
  ]);
  t.equal(documents.length, 1);
});

t.test('a device that joins while the last wave is out is counted with it', async (t) => {
  const fleet = someFleet(2);
  const { rollout } = advance(someRollout(fleet, [100]), fleet, 1);
  const grown = new Map(fleet).set(someDevice('gw-3').deviceId, someDevice('gw-3'));
  const joined = advance(rollout, grown, 2);
  t.same(joined.plan.steps, [{ kind: 'admit', deviceIds: ['gw-3'] }]);
  t.equal(joined.rollout.waves[0]?.devices, 3);
});

t.test("an operator's halt is final", async (t) => {
  const fleet = someFleet(4);
  const { rollout } = advance(someRollout(fleet), fleet, 1);
  const halted = haltRollout(rollout, 'stopped by ada', quietTime.nowMs);
  const updated = withReport(fleet, memberOfWave(rollout, 0), runningNew('confirmed', 1));
  t.same(advance(halted, updated, 2).plan.steps, []);
});

t.test('a rollback is done with a trial that has gone back, whatever served before it', async (t) => {
  const [both, previous] = ['b'.repeat(64), 'a'.repeat(64)];
  const fleet = fleetOf([someDevice('gw-1')]);
  const instruction = {
    kind: 'rollback' as const,
    from: [parseWith(digestSchema, both, 'digest'), parseWith(digestSchema, previous, 'digest')],
    reason: 'bad',
  };
  const { rollout } = advance({ ...someRollout(fleet, [100]), kind: 'rollback', instruction }, fleet, 1);
  t.same(advance(rollout, fleet, 2).plan.steps, [], 'it runs what it is to leave');
  const back = withReport(fleet, 'gw-1', { generation: generationOf(1), outcome: outcomeOf('rolled-back', 1) });
  t.equal(advance(rollout, back, 2).rollout.status, 'succeeded');
});
