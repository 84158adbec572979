import {
  conditionsOf,
  judgeConditions,
  needsAnalysis,
  openAnalysis,
  type Rollout,
  type WaveAnalysis,
  type WaveReport,
} from '@liquid-lln/coordinator';
import { defaultPolicy, type MetricFinding, type Verdict } from '@liquid-lln/protocol';
import t from 'tap';
import { advance, someFleet, someRollout } from '../../../../support/coordinator/rollout-builders.js';
import { testMomentMs } from '../../../../support/fleet-views.js';

const fleet = someFleet(40);
const confirmed: WaveReport = { verdict: 'successful', waitingFor: '' };
const later = testMomentMs + 24 * 3_600_000;

/** A rollout whose first wave of ten is out. */
function outWith(analysis: Partial<WaveAnalysis> | null, conditions: Partial<Rollout['conditions']> = {}): Rollout {
  const { rollout } = advance(someRollout(fleet, [25, 100]), fleet, 1);
  const { conditions: usual } = rollout;
  if (usual === undefined) throw new Error('a deploy has conditions');
  const whole = { ...rollout, conditions: { ...usual, ...conditions } };
  return analysis === null ? whole : { ...whole, analysis: { ...openAnalysis(0, testMomentMs), ...analysis } };
}

function finding(verdict: Verdict, effect: number, halfWidth: number): MetricFinding {
  const interval = { low: effect - halfWidth, high: effect + halfWidth };
  return { metric: 'latency', verdict, effect, ...interval, unit: 'ratio', canaries: 10, controls: 30, detail: '' };
}

t.test(
  'B18: in production waves of twenty devices wait for the analysis, smaller ones and others do not',
  async (t) => {
    const init = {
      request: undefined,
      policy: {},
      environments: new Set(['production'] as const),
      devices: 20,
      firstPercent: 25,
    };
    t.match(conditionsOf(init), { isAnalysed: true, holdSeconds: 900, evidenceMin: 298 });
    t.equal(conditionsOf({ ...init, devices: 19 }).isAnalysed, false);
    t.equal(conditionsOf({ ...init, firstPercent: 100 }).isAnalysed, false);
    t.equal(conditionsOf({ ...init, environments: new Set(['simulation'] as const) }).isAnalysed, false);
    t.equal(conditionsOf({ ...init, devices: 2, request: { gate: true } }).isAnalysed, true);
    t.equal(conditionsOf({ ...init, request: { gate: false } }).isAnalysed, false);
  },
);

t.test('B10: devices that confirmed are not enough while the analysis is open', async (t) => {
  const rollout = outWith({ verdict: 'inconclusive', findings: [finding('inconclusive', 0.01, 0.3)] });
  const judged = judgeConditions(rollout, 0, confirmed, testMomentMs);
  t.equal(judged.verdict, 'inconclusive');
  t.match(judged.waitingFor, /latency \+1\.0 % \(-29\.0 % to \+31\.0 %\); for 9\d\d s at most/);
  t.equal(judgeConditions(outWith({ verdict: 'successful' }), 0, confirmed, testMomentMs).verdict, 'successful');
});

t.test('B17: a failed analysis fails the wave before its devices are through', async (t) => {
  const rollout = outWith({ verdict: 'failed', findings: [finding('failed', 0.5, 0.1)] });
  const judged = judgeConditions(rollout, 0, { verdict: 'inconclusive', waitingFor: 'gw-1' }, testMomentMs);
  t.match(judged, { verdict: 'failed', waitingFor: /worse than the devices without it: latency \+50\.0 %/ });
});

t.test('B18: an open analysis does not hold for ever, unless something looks worse', async (t) => {
  const open = outWith({ verdict: 'inconclusive', findings: [finding('inconclusive', 0.01, 0.3)] });
  t.equal(judgeConditions(open, 0, confirmed, later).verdict, 'successful');
  t.equal(judgeConditions(outWith(null), 0, confirmed, later).verdict, 'successful', 'nothing was ever measured');
  const suspicious = outWith({ verdict: 'inconclusive', findings: [finding('inconclusive', 0.2, 0.25)] });
  t.match(judgeConditions(suspicious, 0, confirmed, later), { verdict: 'inconclusive', waitingFor: /promote/ });
});

t.test('what cannot be measured any more holds until somebody decides', async (t) => {
  const lost = { ...finding('error', 0, 0), effect: null, low: null, high: null, detail: 'was measured before' };
  const judged = judgeConditions(outWith({ verdict: 'error', findings: [lost] }), 0, confirmed, later);
  t.match(judged, { verdict: 'error', waitingFor: /latency was measured before; .*promote/ });
});

t.test('B18: a wave waits for its clean inferences, in words', async (t) => {
  const rollout = outWith({ cleanInferences: 4_000 }, { isAnalysed: false, evidenceMin: 5_000 });
  t.same(judgeConditions(rollout, 0, confirmed, testMomentMs), {
    verdict: 'inconclusive',
    waitingFor: 'evidence: 4000 of 5000 clean inferences with the new package',
  });
  t.ok(needsAnalysis(rollout), 'they are counted');
  const enough = outWith({ cleanInferences: 5_000 }, { isAnalysed: false, evidenceMin: 5_000 });
  t.equal(judgeConditions(enough, 0, confirmed, testMomentMs).verdict, 'successful');
  const usual = outWith(null, { isAnalysed: false, evidenceMin: 10 * defaultPolicy.evidenceInferencesMin });
  t.equal(judgeConditions(usual, 0, confirmed, testMomentMs).verdict, 'successful', 'each showed 298 to confirm');
});

t.test('without the analysis as a gate it says nothing about the wave', async (t) => {
  const rollout = outWith({ verdict: 'failed', findings: [finding('failed', 0.5, 0.1)] }, { isAnalysed: false });
  t.same(judgeConditions(rollout, 0, confirmed, testMomentMs), confirmed);
  t.notOk(needsAnalysis(rollout));
});

t.test('devices that failed fail the wave, whatever the analysis says', async (t) => {
  const failed: WaveReport = { verdict: 'failed', waitingFor: 'gw-1 reverted' };
  t.same(judgeConditions(outWith({ verdict: 'successful' }), 0, failed, testMomentMs), failed);
});
