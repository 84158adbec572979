import { decidePackage, describeBreach, type TrialProgress } from '@liquid-lln/agent/testing';
import {
  defaultPolicy,
  emptySketch,
  type PolicyWindows,
  type Sketch,
  SketchBuilder,
  type Thresholds,
  type WindowFigures,
} from '@liquid-lln/protocol';
import t from 'tap';

const thresholds: Thresholds = {
  latencyUs: { value: 1_000, origin: 'budget', bandC: null },
  energyMw: { value: 100, origin: 'budget', bandC: null },
  temperatureMinC: -20,
  temperatureMaxC: 85,
  temperatureMinOrigin: 'policy',
  temperatureMaxOrigin: 'policy',
  outputs: null,
};

function sketchOf(value: number, samples: number): Sketch {
  const builder = new SketchBuilder();
  for (let sample = 0; sample < samples; sample += 1) builder.add(value);
  return builder.build();
}

/** A minute of readings of one power. */
function energyOf(value: number): Partial<WindowFigures> {
  return { energyMw: { value, source: 'ina226' }, energySketch: sketchOf(value, 60) };
}

function windowOf(changes: Partial<WindowFigures> = {}, latencyUs = 500): WindowFigures {
  const inferences = changes.inferences ?? 1_000;
  return {
    seconds: 120,
    inferences,
    errors: 0,
    rejected: 0,
    probes: 0,
    probeErrors: 0,
    nonFinite: 0,
    latencyUs: sketchOf(latencyUs, inferences),
    energyMw: null,
    energySketch: emptySketch,
    temperatureC: null,
    thermalBandC: null,
    badReadings: 0,
    memoryRatio: null,
    crashes: 0,
    ...changes,
  };
}

function windows(changes: Partial<WindowFigures> = {}, latencyUs?: number): PolicyWindows {
  return { recent: windowOf(changes, latencyUs), errors: windowOf(changes, latencyUs), outputs: null };
}

const soaked: TrialProgress = { elapsedSeconds: 61, inferences: 400, errors: 0, probes: 0, probeErrors: 0 };

function decide(progress: TrialProgress | null, seen = windows()) {
  return decidePackage(progress, seen, thresholds, defaultPolicy);
}

t.test('a trial is confirmed when the soak is over, the evidence is there and nothing fires', async (t) => {
  t.same(decide(soaked), { kind: 'confirm', evidence: 400, soakedSeconds: 61 });
});

t.test('silence is never success', async (t) => {
  const silent = { ...soaked, elapsedSeconds: 1_000, inferences: 0 };
  t.match(decide(silent, windows({ inferences: 0 })), { kind: 'keep', waitingFor: /evidence: 0 of 298/ });
});

t.test('each condition that is not met yet is named', async (t) => {
  t.match(decide({ ...soaked, elapsedSeconds: 12.3 }), { kind: 'keep', waitingFor: 'the soak: 12 of 60 s' });
  t.match(decide({ ...soaked, inferences: 297 }), { kind: 'keep', waitingFor: /evidence: 297 of 298/ });
  t.match(decide({ ...soaked, errors: 5 }), { kind: 'keep', waitingFor: /error rate/ });
  t.match(decide(soaked, windows({}, 1_250)), { kind: 'keep', waitingFor: /an alert to end: latency/ });
  t.match(decide(soaked, windows({ memoryRatio: 0.9 })), { kind: 'keep', waitingFor: /memory/ });
});

t.test('B22: each rollback trigger of the runbook reverts', async (t) => {
  t.match(decide(soaked, windows({ errors: 101 })), { kind: 'revert', breach: { metric: 'error-rate' } });
  t.match(decide(soaked, windows({}, 1_501)), { kind: 'revert', breach: { metric: 'latency' } });
  t.match(decide(soaked, windows(energyOf(125.1))), { kind: 'revert', cause: 'policy', breach: { metric: 'energy' } });
  t.match(decide(soaked, windows({ crashes: 1 })), { kind: 'revert', cause: 'crash', breach: { metric: 'crash' } });
});

t.test('B22: at a limit nothing is passed yet', async (t) => {
  t.equal(decide(null, windows({ errors: 100 })).kind, 'keep');
  t.equal(decide(null, windows(energyOf(125))).kind, 'keep');
  t.equal(decide(null, windows({}, 1_500)).kind, 'keep');
});

t.test('B22: an error rate counts only over a full window', async (t) => {
  t.equal(decide({ ...soaked, elapsedSeconds: 100 }, windows({ seconds: 100, errors: 900 })).kind, 'keep');
});

t.test('B23: the policy has no input that could tell whether a broker is there', async (t) => {
  t.equal(decidePackage.length, 4);
  t.equal(decide(null, windows({ inferences: 0 })).kind, 'keep', 'a confirmed package stays, whatever the silence');
});

t.test('a trial that is never fit to confirm ends at its deadline, saying what was missing', async (t) => {
  const late = { ...soaked, elapsedSeconds: 24 * 3600, inferences: 10 };
  t.match(decide(late, windows({ inferences: 10 })), {
    kind: 'revert',
    cause: 'deadline',
    detail: /evidence: 10 of 298/,
  });
});

t.test('a breach is told with its figures', async (t) => {
  const breach = {
    metric: 'latency',
    level: 'rollback',
    value: 1512.345,
    limit: 1500,
    unit: 'us',
    samples: 60,
  } as const;
  t.equal(describeBreach(breach), 'latency 1512 us, limit 1500 us, over 60 samples');
});
