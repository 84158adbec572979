import {
  deploymentOf,
  deploymentText,
  isAtRest,
  isSettled,
  outcomeOf,
  outcomeTable,
  rolloutChanges,
  rolloutHeadline,
  rolloutsToStop,
  targetOf,
} from '@liquid-lln/cli/testing';
import t from 'tap';
import { someMember, someRollout, testMomentMs } from '../../../support/fleet-views.js';

const wave = { percent: 50, devices: 1, generation: 3, startedMs: 0, verdict: 'inconclusive', waitingFor: 'soak' };

t.test('a look of the analysis shows each metric with effect, interval and verdict, once', async (t) => {
  const finding = { metric: 'error-rate', verdict: 'successful', effect: -0.001, low: -0.004, high: 0.002 };
  const analysis = {
    waveIndex: 0,
    verdict: 'successful',
    looks: 2,
    findings: [{ ...finding, unit: 'share', canaries: 10, controls: 30, detail: '' }],
    cleanInferences: 5_000,
    evidenceMin: 298,
    holdUntilMs: null,
    isGate: true,
  };
  const after = someRollout({ analysis });
  t.same(rolloutChanges(someRollout(), after), [
    '  analysis, look 2: successful',
    '    error-rate -0.1 points (-0.4 points to +0.2 points): successful',
  ]);
  t.same(rolloutChanges(after, after), []);
});

t.test('a rollout is done when everything asked for is confirmed, and not before', async (t) => {
  t.match(outcomeOf(someRollout()), { asked: 1, confirmed: 1, isDone: true });
  t.equal(outcomeOf(someRollout({ status: 'running' })).isDone, false, 'it still moves');
  t.equal(outcomeOf(someRollout({ status: 'halted' })).isDone, false);
  const silent = someRollout({ members: [someMember('gw-1'), someMember('gw-2', { progress: 'unknown' })] });
  t.match(outcomeOf(silent), { asked: 2, confirmed: 1, isDone: false }, 'silence is never success');
});

t.test('devices beyond the subset asked for do not count', async (t) => {
  const beyond = someMember('gw-2', { waveIndex: 1, progress: 'pending' });
  const subset = someRollout({ status: 'waiting', waves: [wave], members: [someMember(), beyond] });
  t.match(outcomeOf(subset), { asked: 1, confirmed: 1, isDone: true });
  t.equal(isAtRest(subset), true);
});

t.test('a halted rollout settles when no device is between two packages', async (t) => {
  const trial = someRollout({ status: 'halted', members: [someMember('gw-1', { progress: 'trial' })] });
  t.equal(isAtRest(trial), true);
  t.equal(isSettled(trial), false);
  t.equal(isSettled(someRollout({ status: 'halted', members: [someMember('gw-1', { progress: 'reverted' })] })), true);
});

t.test('a rollback is over for its watcher when only absent devices are left', async (t) => {
  const members = [someMember('gw-1'), someMember('gw-2', { progress: 'unknown' })];
  const rollback = someRollout({ kind: 'rollback', package: null, status: 'running', members });
  t.equal(isAtRest(rollback), true);
  t.equal(outcomeOf(rollback).isDone, false);
  const going = someRollout({
    kind: 'rollback',
    status: 'running',
    members: [someMember('gw-1', { progress: 'assigned' })],
  });
  t.equal(isAtRest(going), false);
});

t.test('each change of a rollout is told once', async (t) => {
  const receiving = someMember('gw-1', { progress: 'receiving', now: null, waitingFor: 'chunk 1 of 3' });
  const first = someRollout({ status: 'running', waves: [wave], members: [receiving] });
  t.same(rolloutChanges(null, first), [
    'rollout r-0abc12: occupancy-cfc@1.0.0 to production: running',
    'wave 1/1: 50 %, 1 device',
    '  gw-1: receiving (chunk 1 of 3)',
  ]);
  const further = someRollout({
    status: 'running',
    waves: [wave],
    members: [someMember('gw-1', { progress: 'receiving', waitingFor: 'chunk 2 of 3' })],
  });
  t.same(rolloutChanges(first, further), [], 'the bar shows chunks');
  const outcome = { generation: 3, digest: null, result: 'reverted', code: 'latency', detail: '9 ms', atMs: 0 };
  const halted = someRollout({
    status: 'halted',
    detail: 'gw-1 reverted',
    waves: [wave],
    members: [someMember('gw-1', { progress: 'reverted', outcome })],
  });
  t.same(rolloutChanges(further, halted), ['  gw-1: reverted (latency: 9 ms)', 'halted: gw-1 reverted']);
});

t.test('a target stops the open rollouts to it', async (t) => {
  const rollouts = [
    someRollout({ rolloutId: 'r-aaaaaa', status: 'running' }),
    someRollout({ rolloutId: 'r-bbbbbb', status: 'waiting', target: 'gw-1', environment: null }),
    someRollout({ rolloutId: 'r-cccccc', status: 'succeeded' }),
    someRollout({ rolloutId: 'r-dddddd', status: 'running', target: 'stm32h743', environment: 'production' }),
  ];
  const ids = (target: string, env?: 'production') =>
    rolloutsToStop(rollouts, targetOf(env === undefined ? { target } : { target, env })).map(
      ({ rolloutId }) => rolloutId,
    );
  t.same(ids('production'), ['r-aaaaaa', 'r-dddddd']);
  t.same(ids('gw-1'), ['r-bbbbbb']);
  t.same(ids('all'), ['r-aaaaaa', 'r-bbbbbb', 'r-dddddd']);
  t.same(ids('all', 'production'), ['r-aaaaaa', 'r-dddddd']);
  t.same(ids('staging'), []);
});

t.test(
  'B57: the deployment log says who, what, when, the gates with numbers, issues and how long it took',
  async (t) => {
    const outcome = {
      generation: 3,
      digest: null,
      result: 'reverted',
      code: 'latency',
      detail: '9 ms over 6 ms',
      atMs: 0,
    };
    const failed = someMember('gw-2', { progress: 'reverted', outcome });
    const [wave] = someRollout().waves;
    const waves = [
      { ...wave, passedMs: testMomentMs + 65_000, promotedBy: 'jo' },
      { ...wave, startedMs: null, generation: null },
    ];
    const rollout = someRollout({
      status: 'halted',
      detail: 'gw-2 reverted',
      members: [someMember(), failed],
      waves,
      endedMs: testMomentMs + 3_600_000,
    });
    const entry = deploymentOf(rollout);
    t.match(entry, {
      who: 'operator',
      confirmed: 1,
      asked: 2,
      durationMs: 3_600_000,
      issues: [/gw-2 reverted: latency: 9 ms/],
    });
    t.match(entry.gates, [
      'wave 1 (100 %): 1 of 2 confirmed, 1 failed, 0 silent; passed after 1 m 5 s, promoted by jo',
      'wave 2 (100 %): never began',
    ]);
    t.match(
      deploymentText(entry),
      /by operator; ended: .* took 1 h; 1 of 2 confirmed\n {2}result: halted: gw-2 reverted/,
    );
    t.match(deploymentText(deploymentOf(someRollout({ status: 'running' }))), /still open/);
    const staged = deploymentText(
      deploymentOf({ ...rollout, kind: 'stage', members: [someMember('gw-1', { progress: 'ready' })] }),
    );
    t.match(staged, /gate: wave 1 .*: 1 of 1 ready, 0 failed/, 'what is done is counted by its own word');
    t.notMatch(staged, /issue/, 'and is no issue');
  },
);

t.test(
  'B57: an archived rollout is in the deployment log with its numbers, and says that its devices are not kept',
  async (t) => {
    const tally = {
      devices: 40,
      outcomes: { 'rolled-back': 37, reverted: 3 },
      waves: [{ assigned: 40, done: 0, failed: 3, unknown: 0 }],
      issues: [
        { progress: 'rolled-back', code: null, devices: 37, example: 'gw-1 rolled-back' },
        { progress: 'reverted', code: 'latency', devices: 3, example: 'gw-7 reverted: latency: 9 ms' },
      ],
    };
    const archived = someRollout({ status: 'halted', members: [], archived: { atMs: testMomentMs, tally } });
    t.match(outcomeOf(archived), { asked: 40, confirmed: 0, isDone: false });
    t.equal(isSettled(archived), true);
    const entry = deploymentOf(archived);
    t.match(entry, {
      asked: 40,
      gates: ['wave 1 (100 %): 0 of 40 confirmed, 3 failed, 0 silent; did not pass'],
      issues: ['gw-1 rolled-back; 37 devices in all', 'gw-7 reverted: latency: 9 ms; 3 devices in all'],
    });
    t.match(rolloutHeadline(archived), /0 of 40 devices confirmed\n {2}archived .*in numbers only/);
    t.same(outcomeTable(archived).rows, [
      ['rolled-back', '37'],
      ['reverted', '3'],
    ]);
    t.same(outcomeTable(someRollout()).rows, []);
  },
);
