import { decidePackage, describeBreach, type TrialProgress } from '@liquid-lln/agent/testing';
import { defaultPolicy } from '@liquid-lln/protocol';
import t from 'tap';
import { energyOf, testThresholds as thresholds, windowsOf as windows } from '../../../support/health-windows.js';

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

t.test('B18: probes do not thin out what clients meet', async (t) => {
  const probed = { ...soaked, inferences: 310, probes: 300, errors: 2 };
  t.match(decide(probed, windows({ inferences: 310, probes: 300, errors: 2 })), {
    kind: 'keep',
    waitingFor: /2 of 10 failed/,
  });
  const failing = windows({ inferences: 400, probes: 300, errors: 30 });
  t.match(decide(soaked, failing), { kind: 'revert', breach: { metric: 'error-rate', value: 0.3, samples: 100 } });
  const failingProbes = windows({ inferences: 400, probes: 100, errors: 30, probeErrors: 30 });
  t.match(decide(soaked, failingProbes), { kind: 'revert', breach: { value: 0.3, samples: 100 } });
});

t.test('B18: a trial that swings about an alert is not confirmed in a calm moment', async (t) => {
  t.match(decide(soaked, windows({}, 1_195)), { kind: 'keep', waitingFor: /an alert to end: latency/ });
  t.match(decide(soaked, windows({}, 1_150)), { kind: 'confirm' });
});

t.test('B30: a meter that gives no numbers holds a confirmation up where its limit is set', async (t) => {
  t.match(decide(soaked, windows({ badReadings: 60 })), { kind: 'keep', waitingFor: /the energy to be measured/ });
  t.match(
    decide(soaked, windows({ badReadings: 0 })),
    { kind: 'confirm' },
    'a device without a meter has no such limit',
  );
  t.match(decide(soaked, windows({ ...energyOf(90), badReadings: 3 })), { kind: 'confirm' });
});

t.test('a label-free guard ends a trial where it is clear, and never leaves what was confirmed', async (t) => {
  const outputs = { blockSteps: 256, saturation: 1, drift: 0.1, stuckSteps: 0, hasNeverChanged: false };
  const seen = { ...windows(), outputs };
  const profiled = { ...thresholds, outputs: { saturationMax: 0.1, driftMax: 0.3, stuckStepsMax: 3 } };
  t.match(decidePackage(soaked, seen, profiled, defaultPolicy), { kind: 'revert', breach: { metric: 'saturation' } });
  t.match(decidePackage(null, seen, profiled, defaultPolicy), { kind: 'keep' });
  const frozen = { ...windows(), outputs: { ...outputs, saturation: 0, stuckSteps: 6, hasNeverChanged: true } };
  t.match(decidePackage(soaked, frozen, profiled, defaultPolicy), {
    kind: 'keep',
    waitingFor: /the outputs to change/,
  });
});
