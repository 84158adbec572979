import {
  approveRollout,
  type Decision,
  decideDeploy,
  findViolations,
  haltRollout,
  pauseDocuments,
  pauseRollout,
  promoteWave,
  type Rollout,
  reportRollout,
  resumeDocuments,
  resumeRollout,
} from '@liquid-lln/coordinator';
import t from 'tap';
import {
  advance,
  deployOf,
  fleetOf,
  generationOf,
  newOffer,
  outcomeOf,
  quietTime,
  runningNew,
  situationOf,
  someDevice,
  someFleet,
  someRollout,
  withReport,
} from '../../../support/coordinator/rollout-builders.js';

const byAda: Decision = { by: 'ada', reason: 'the graphs look odd', atMs: 1 };
const generations = { next: generationOf(2), parent: generationOf(1) };

function memberOfWave(rollout: Rollout, waveIndex: number): string {
  return rollout.members.find((member) => member.waveIndex === waveIndex)?.deviceId ?? '';
}

t.test('B14: a paused rollout begins nothing, whatever its devices do, and goes on when it is resumed', async (t) => {
  let fleet = someFleet(4);
  const { rollout } = advance(someRollout(fleet), fleet, 1);
  const paused = pauseRollout(rollout, byAda);
  t.match(paused, { status: 'paused', paused: byAda, detail: 'paused by ada: the graphs look odd' });
  t.equal(pauseRollout(paused, { ...byAda, by: 'bob' }), paused, 'twice is once');
  fleet = withReport(fleet, memberOfWave(rollout, 0), runningNew('confirmed', 1));
  const held = advance(paused, fleet, 2);
  t.same(held.plan.steps, []);
  t.match(held.plan.report.waves[0], { verdict: 'successful', waitingFor: /paused by ada/ });
  const resumed = resumeRollout(held.rollout, byAda);
  t.match(resumed, { status: 'running', paused: null, resumed: byAda, detail: '' });
  t.equal(resumeRollout(resumed, byAda), resumed);
  t.same(
    advance(resumed, fleet, 2).plan.steps.map(({ kind }) => kind),
    ['pass-wave', 'start-wave'],
  );
});

t.test('a device that fails while its rollout is paused takes the package from the others all the same', async (t) => {
  const fleet = someFleet(4);
  const { rollout } = advance(someRollout(fleet), fleet, 1);
  const failed = withReport(fleet, memberOfWave(rollout, 0), { outcome: outcomeOf('reverted', 1, 'crash') });
  const tripped = advance(pauseRollout(rollout, byAda), failed, 2);
  t.match(tripped.rollout, { status: 'halted', paused: null });
  t.same(findViolations(tripped.rollout), []);
});

t.test('B14: a pause closes the wave to those that have not begun, and a resume opens it to them alone', async (t) => {
  const fleet = someFleet(4);
  const { rollout } = advance(someRollout(fleet), fleet, 1);
  t.match(pauseDocuments(pauseRollout(rollout, byAda), generations, fleet), [
    { kind: 'wave', document: { generation: 2, since: 1, cohort: { strata: {} }, instruction: { kind: 'deploy' } } },
  ]);
  t.match(resumeDocuments(rollout, generations, fleet), [
    { kind: 'wave', document: { generation: 2, since: 1, cohort: rollout.waves[0]?.cohort } },
  ]);
  const two = fleetOf([someDevice('gw-1'), someDevice('gw-2')]);
  const single = advance(someRollout(two, null, 'native'), two, 1).rollout;
  const begun = withReport(two, 'gw-1', { generation: generationOf(1) });
  t.match(pauseDocuments(single, generations, begun), [
    { deviceId: 'gw-2', document: { instruction: { kind: 'none' } } },
  ]);
  t.match(resumeDocuments(single, generations, begun), [
    { deviceId: 'gw-2', document: { instruction: { kind: 'deploy' } } },
  ]);
  t.same(pauseDocuments(someRollout(two), generations, two), [], 'before it has begun there is nothing to close');
});

t.test('B14: an operator promotes a wave that its gate holds, never one that failed', async (t) => {
  let fleet = someFleet(4);
  const { rollout } = advance(someRollout(fleet), fleet, 1);
  const judge = (view: typeof fleet) => {
    const wave = reportRollout(rollout, view, quietTime).waves[0];
    if (wave === undefined) throw new Error('there is no wave');
    return wave;
  };
  const promoted = promoteWave(rollout, 0, judge(fleet), byAda);
  t.equal(promoteWave(promoted, 0, judge(fleet), { ...byAda, by: 'bob' }), promoted, 'twice is once');
  const next = advance(promoted, fleet, 2);
  t.same(next.plan.steps, [
    { kind: 'pass-wave', waveIndex: 0 },
    { kind: 'start-wave', waveIndex: 1 },
  ]);
  t.equal(promoteWave(next.rollout, 0, judge(fleet), byAda), next.rollout, 'the wave has passed by now');
  t.throws(() => promoteWave(rollout, 1, judge(fleet), byAda), { code: 'ROLLOUT_STATE' });
  t.throws(() => promoteWave(haltRollout(rollout, '', 1), 0, judge(fleet), byAda), { code: 'ROLLOUT_STATE' });
  for (const member of rollout.members.slice(1)) fleet = withReport(fleet, member.deviceId, runningNew('confirmed', 2));
  const done = advance(next.rollout, fleet, 3).rollout;
  t.match(done, { status: 'succeeded', detail: 'wave 1 was promoted by ada: the graphs look odd' });
  const failed = withReport(someFleet(4), memberOfWave(rollout, 0), { outcome: outcomeOf('reverted', 1, 'latency') });
  t.throws(() => promoteWave(rollout, 0, judge(failed), byAda), { code: 'REFUSED_BY_GATE', message: /latency/ });
  t.equal(advance(promoted, failed, 2).rollout.status, 'halted', 'nor is one that fails after it was promoted');
});

t.test('B14: a proposed rollout waits for another person than the one who proposed it', async (t) => {
  const fleet = someFleet(4);
  const request = { ...deployOf([25, 100]), approval: true };
  const proposed = decideDeploy(request, newOffer, situationOf(fleet, 'production'));
  t.match(proposed, { status: 'proposed', approval: { given: null } });
  const waiting = advance(proposed, fleet, 1);
  t.same(waiting.plan.steps, []);
  t.match(waiting.plan.report.waves[0]?.waitingFor, /somebody else has to approve/);
  t.throws(() => approveRollout(proposed, { ...byAda, by: 'operator' }), { code: 'PERMISSION_DENIED' });
  t.throws(() => pauseRollout(proposed, byAda), { code: 'ROLLOUT_STATE' });
  const approved = approveRollout(proposed, byAda);
  t.equal(approveRollout(approved, { ...byAda, by: 'bob' }), approved);
  t.same(advance(approved, fleet, 1).plan.steps, [{ kind: 'start-wave', waveIndex: 0 }]);
  t.throws(() => approveRollout(someRollout(fleet), byAda), { code: 'ROLLOUT_STATE' }, 'nobody asked for it');
});

t.test('an approval may be usual in an environment, and a deploy may say otherwise', async (t) => {
  const fleet = someFleet(2);
  const situation = { ...situationOf(fleet, 'production'), usualApprovals: new Set(['production'] as const) };
  t.equal(decideDeploy(deployOf(null), newOffer, situation).status, 'proposed');
  t.equal(decideDeploy({ ...deployOf(null), approval: false }, newOffer, situation).status, 'running');
  t.throws(
    () =>
      decideDeploy(
        deployOf(null),
        { ...newOffer, reference: { ...newOffer.reference, digest: 'c'.repeat(64) as never } },
        {
          ...situation,
          rollouts: [decideDeploy(deployOf(null), newOffer, situation)],
        },
      ),
    { code: 'ROLLOUT_CONFLICT' },
    'a proposal keeps its devices from other packages',
  );
});

t.test('the checker finds decisions that were not taken', async (t) => {
  const fleet = someFleet(4);
  const { rollout } = advance(someRollout(fleet), fleet, 1);
  t.match(findViolations({ ...rollout, approval: { given: null } }).join(), /without the approval/);
  t.match(findViolations({ ...rollout, approval: { given: { ...byAda, by: 'operator' } } }).join(), /who proposed it/);
  t.match(findViolations({ ...rollout, status: 'paused' }).join(), /paused by nobody/);
});
