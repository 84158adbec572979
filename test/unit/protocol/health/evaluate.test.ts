import {
  type Breach,
  breachesOf,
  defaultPolicy,
  easedLimits,
  limitsInForce,
  type OutputFigures,
  type Thresholds,
  verdictOf,
} from '@liquid-lln/protocol';
import t from 'tap';
import { energyOf, testThresholds, windowOf, windowsOf } from '../../../support/health-windows.js';

function find(windows = windowsOf(), thresholds = testThresholds): Breach[] {
  return breachesOf(windows, limitsInForce(thresholds, defaultPolicy), defaultPolicy);
}

t.test(
  'B28: each alert of the runbook is raised above its limit and not at it, below the level of a rollback',
  async (t) => {
    const cases = [
      { metric: 'error-rate', at: windowsOf({ errors: 50 }), above: windowsOf({ errors: 51 }) },
      { metric: 'latency', at: windowsOf({}, 1_200), above: windowsOf({}, 1_201) },
      { metric: 'energy', at: windowsOf(energyOf(115)), above: windowsOf(energyOf(115.1)) },
      { metric: 'memory', at: windowsOf({ memoryRatio: 0.8 }), above: windowsOf({ memoryRatio: 0.81 }) },
      { metric: 'temperature', at: temperature(85), above: temperature(85.1) },
      { metric: 'temperature', at: temperature(-20), above: temperature(-20.1) },
    ];
    for (const { metric, at, above } of cases) {
      t.same(find(at), [], `${metric} at its limit`);
      t.match(find(above), [{ metric, level: 'alert' }]);
    }
  },
);

function temperature(value: number) {
  return windowsOf({ temperatureC: { value, source: 'thermal-zone' } });
}

t.test('B22: each trigger of the runbook is passed above its limit and not at it', async (t) => {
  const level = (windows = windowsOf()) => find(windows)[0]?.level;
  t.equal(level(windowsOf({ errors: 100 })), 'alert');
  t.equal(level(windowsOf({ errors: 101 })), 'rollback');
  t.equal(level(windowsOf({}, 1_500)), 'alert');
  t.equal(level(windowsOf({}, 1_501)), 'rollback');
  t.equal(level(windowsOf(energyOf(125))), 'alert');
  t.equal(level(windowsOf(energyOf(125.1))), 'rollback');
  t.equal(level(windowsOf({ crashes: 1 })), 'rollback');
});

t.test('B18: a handful of requests does not pass a limit by chance', async (t) => {
  t.same(
    find(windowsOf({ inferences: 5, errors: 1 })),
    [],
    'one of five is what a healthy package shows in 5 % of windows',
  );
  t.same(find(windowsOf({ inferences: 12, errors: 2 })), []);
  t.match(find(windowsOf({ inferences: 5, errors: 5 })), [{ metric: 'error-rate', level: 'rollback' }], 'five of five');
  t.match(find(windowsOf({ inferences: 12, errors: 8 })), [{ metric: 'error-rate', level: 'rollback' }]);
  t.match(
    find(windowsOf({ inferences: 150, errors: 16 })),
    [{ level: 'rollback' }],
    'from here on the limit alone decides',
  );
});

t.test('B28: without a span of errors that is full there is an alert and no rollback', async (t) => {
  const young = windowsOf({ seconds: 119, errors: 900 });
  t.match(find(young), [{ metric: 'error-rate', level: 'alert' }]);
});

t.test('B30: figures that are no numbers pass no limit and are no zeros', async (t) => {
  const broken = windowsOf({ memoryRatio: Number.NaN, temperatureC: { value: Number.NaN, source: 'board' } });
  t.same(find(broken), []);
  t.equal(
    verdictOf(windowsOf({ badReadings: 60 }), [], testThresholds, defaultPolicy),
    'error',
    'could not be measured',
  );
});

t.test('answers that are no numbers are an alert, and most of them more than that at once', async (t) => {
  t.match(find(windowsOf({ errors: 40, nonFinite: 40 })), [{ metric: 'output', level: 'alert' }]);
  const young = windowsOf({ seconds: 10, errors: 600, nonFinite: 600 });
  t.match(find(young), [
    { metric: 'error-rate', level: 'alert' },
    { metric: 'output', level: 'rollback' },
  ]);
});

t.test('a verdict is successful only within what is healthy', async (t) => {
  const verdict = (windows = windowsOf()) => verdictOf(windows, find(windows), testThresholds, defaultPolicy);
  t.equal(verdict(), 'successful');
  t.equal(verdict(windowsOf({ errors: 9 })), 'successful');
  t.equal(verdict(windowsOf({ errors: 10 })), 'inconclusive', '1 % is not below 1 %');
  t.equal(verdict(windowsOf({}, 1_050)), 'inconclusive', 'above the threshold, below the alert');
  t.equal(verdict(windowsOf(energyOf(105))), 'inconclusive', 'above the budget, below the alert');
  t.equal(verdict(windowsOf({ inferences: 49 })), 'inconclusive', 'silence is never success');
  t.equal(verdict(windowsOf({}, 1_300)), 'failed');
});

t.test('every limit in force says where it comes from', async (t) => {
  const thresholds: Thresholds = {
    ...testThresholds,
    latencyUs: { value: 2_000, origin: 'baseline', bandC: 45 },
    temperatureMaxOrigin: 'budget',
    outputs: { saturationMax: 0.1, driftMax: 0.3, stuckStepsMax: 100 },
  };
  const limits = limitsInForce(thresholds, defaultPolicy);
  const rows = limits.map(({ metric, side, alert, rollback, origin, bandC }) => [
    metric,
    side,
    alert,
    rollback,
    origin,
    bandC,
  ]);
  t.same(rows, [
    ['error-rate', 'above', 0.05, 0.1, 'policy', null],
    ['latency', 'above', 2_400, 3_000, 'baseline', 45],
    ['energy', 'above', 115, 125, 'budget', null],
    ['memory', 'above', 0.8, null, 'policy', null],
    ['temperature', 'above', 85, null, 'budget', null],
    ['temperature', 'below', -20, null, 'policy', null],
    ['crash', 'above', null, 0, 'policy', null],
    ['output', 'above', 0.01, 0.5, 'policy', null],
    ['drift', 'above', 0.55, null, 'profile', null],
    ['stuck', 'above', 200, 512, 'profile', null],
    ['saturation', 'above', 0.35, 0.6, 'profile', null],
  ]);
});

t.test('limits that end alerts lie between healthy and those that begin them', async (t) => {
  const outputs = { saturationMax: 0.9, driftMax: 0.3, stuckStepsMax: 100 };
  const limits = limitsInForce({ ...testThresholds, outputs }, defaultPolicy);
  for (const [index, eased] of easedLimits(limits).entries()) {
    const limit = limits[index];
    if (limit === undefined || limit.alert === null || eased.alert === null) continue;
    t.ok(eased.side === 'above' ? eased.alert < limit.alert : eased.alert > limit.alert, eased.metric);
  }
});

t.test('guards of outputs speak of full blocks only, and of what validation never showed', async (t) => {
  const thresholds = { ...testThresholds, outputs: { saturationMax: 0.2, driftMax: 0.4, stuckStepsMax: 10 } };
  const calm: OutputFigures = { blockSteps: 256, saturation: 0.2, drift: 0.4, stuckSteps: 10, hasNeverChanged: false };
  const of = (changes: Partial<OutputFigures>) =>
    find({ ...windowsOf(), outputs: { ...calm, ...changes } }, thresholds);
  t.same(of({}), []);
  t.same(of({ blockSteps: 0, saturation: null, drift: null }), []);
  t.match(of({ saturation: 0.5 }), [{ metric: 'saturation', level: 'alert' }]);
  t.match(of({ saturation: 0.75 }), [{ metric: 'saturation', level: 'rollback' }]);
  t.match(of({ drift: 1 }), [{ metric: 'drift', level: 'alert' }]);
  t.match(of({ stuckSteps: 129 }), [{ metric: 'stuck', level: 'alert' }]);
  t.match(of({ stuckSteps: 513 }), [{ metric: 'stuck', level: 'rollback' }]);
  t.match(find({ ...windowsOf(), outputs: { ...calm, stuckSteps: 10_000 } }), [{ metric: 'stuck', level: 'alert' }]);
});

t.test('figures that swing about a limit pass the eased one all along', async (t) => {
  const limits = easedLimits(limitsInForce(testThresholds, defaultPolicy));
  const at = (latencyUs: number) => ({ recent: windowOf({}, latencyUs), errors: windowOf(), outputs: null });
  t.match(breachesOf(at(1_195), limits, defaultPolicy), [{ metric: 'latency', level: 'alert' }]);
  t.same(breachesOf(at(1_185), limits, defaultPolicy), []);
});
