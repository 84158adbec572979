import {
  type BaselineDevice,
  compareRanks,
  compareRuns,
  type DeviceId,
  describeSamples,
  fisherMore,
  holmAdjusted,
  seededRandom,
} from '@liquid-lln/protocol';
import t from 'tap';

function run(deviceId: string, samples: readonly number[], errors = 0, version = '1.0.0'): BaselineDevice {
  const engineUs = describeSamples(samples);
  return {
    deviceId: deviceId as DeviceId,
    package: { digest: version.padEnd(64, 'a') as never, name: 'model' as never, version: version as never },
    slot: 'blue',
    state: 'confirmed',
    startedMs: 0,
    seconds: 10,
    conditions: { temperatureC: null, cpuRatio: null, served: 0, failed: 0 },
    findings: {
      kind: 'benchmark',
      warmUp: 50,
      errors,
      engineUs,
      wholeUs: engineUs,
      energy: { kind: 'energy', energyMw: null, source: null, uncertainty: null, budgetMw: null },
      temperatureC: null,
      memoryRatioMax: null,
    },
  };
}

/** Latencies about `us`, with the long tail that they have. */
function latencies(seed: number, us: number, count = 2_000): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => us * (1 + 0.2 * random() + (random() < 0.01 ? 5 : 0)));
}

t.test('the rank test gives what the tables say', async (t) => {
  const apart = compareRanks([1, 2, 3, 4, 5, 6, 7, 8], [9, 10, 11, 12, 13, 14, 15, 16]);
  t.ok(apart !== null && apart.p < 0.001 && apart.shift === 8);
  t.equal(compareRanks([1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1])?.p, 1, 'ties alone');
  t.equal(compareRanks([1, 2, 3], [4, 5, 6]), null, 'too few');
  // U is 42 of 64: z = (10 - 0.5) / sqrt(64 / 12 * 17) = 0.9977, p = 0.3184.
  const close = compareRanks([1, 3, 5, 7, 9, 11, 13, 15], [6, 8, 10, 12, 14, 16, 17, 2]);
  t.ok(close !== null && Math.abs(close.p - 0.3184) < 1e-3, `${close?.p}`);
});

t.test('several tests at once are corrected for their number', async (t) => {
  t.same(
    holmAdjusted([0.01, 0.04, 0.03]).map((p) => Number(p.toFixed(6))),
    [0.03, 0.06, 0.06],
  );
});

t.test('errors are compared exactly', async (t) => {
  // Fisher's tea: 3 of 4 against 1 of 4 is 17 of 70.
  t.ok(Math.abs(fisherMore({ hits: 1, trials: 4 }, { hits: 3, trials: 4 }) - 17 / 70) < 1e-9);
  t.ok(Math.abs(fisherMore({ hits: 0, trials: 10 }, { hits: 0, trials: 10 }) - 1) < 1e-9);
});

t.test('B48: runs that differ by chance show no significant difference', async (t) => {
  let alarms = 0;
  for (let round = 0; round < 100; round += 1) {
    const pair = [run('gw-1', latencies(2 * round, 100)), run('gw-1', latencies(2 * round + 1, 100))] as const;
    if (compareRuns([pair[0]], [pair[1]], 0).isRegression) alarms += 1;
  }
  t.ok(alarms <= 6, `${alarms} false alarms of 100`);
  const { rows } = compareRuns([run('gw-1', latencies(1, 100))], [run('gw-1', latencies(2, 100))], 0.1);
  t.same(
    rows.map(({ verdict }) => verdict),
    ['no significant difference', 'no significant difference', 'no significant difference'],
  );
});

t.test('B48: what is slower by more than the tolerance is a regression, what is slower by less is not', async (t) => {
  const before = [run('gw-1', latencies(1, 100))];
  const slower = (us: number) => compareRuns(before, [run('gw-1', latencies(2, us))], 0.1);
  t.match(slower(130), { isRegression: true, rows: [{ metric: 'latency', verdict: 'worse' }] });
  t.match(slower(104), { isRegression: false, rows: [{ verdict: 'slight' }] });
  t.match(slower(70), { isRegression: false, rows: [{ verdict: 'better' }] });
  const failing = compareRuns(before, [run('gw-1', latencies(2, 100), 40)], 0.1);
  t.match(failing, { isRegression: true, rows: [{}, {}, { metric: 'errors', verdict: 'worse' }] });
});

t.test('what makes runs unlike is said, and too few figures are no comparison', async (t) => {
  const before = [run('gw-1', latencies(1, 100)), run('gw-2', latencies(1, 100))];
  const { notes } = compareRuns(before, [run('gw-1', latencies(2, 100), 0, '2.0.0'), run('gw-3', [])], 0.1);
  t.match(notes, [/model@1.0.0 then, model@2.0.0 now/, /gw-3: not in the baseline/, /gw-2: in the baseline/]);
  const { rows } = compareRuns([run('gw-1', [1, 2])], [run('gw-1', [5, 6])], 0.1);
  t.equal(rows[0]?.verdict, 'too little to tell');
});
