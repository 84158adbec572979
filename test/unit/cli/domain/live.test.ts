import {
  asciiSigns,
  type CohortHistory,
  drawBar,
  extendHistory,
  fitScreen,
  lineView,
  liveScreen,
  monitorScreen,
  type ScreenLines,
  signsFor,
  spanOf,
  sparkline,
  takeSample,
  unicodeSigns,
} from '@liquid-lln/cli/testing';
import { type AlertView, alertViewSchema, type DeviceView, parseWith, type RolloutSummary } from '@liquid-lln/protocol';
import { ManualClock } from '@liquid-lln/protocol/testing';
import t from 'tap';
import {
  someDevice,
  someHealth,
  someMember,
  somePackage,
  someReport,
  someRollout,
  testMomentMs,
} from '../../../support/fleet-views.js';

const breach = { metric: 'latency', level: 'alert', value: 7_000, limit: 6_000, unit: 'us', samples: 90 };
const newer = somePackage('1.1.0', 'b');

function someAlert(changes: object = {}): AlertView {
  const alert = {
    alertId: 'a-1',
    rule: 'unresponsive',
    subject: 'gw-7',
    severity: 'critical',
    of: 'state',
    environment: 'production',
    devices: ['gw-7'],
    detail: 'silent for 2 m',
    raisedMs: testMomentMs,
    endedMs: null,
    repeats: 0,
    acknowledged: null,
    silencedBy: null,
    ...changes,
  };
  return parseWith(alertViewSchema, alert, 'alert');
}

/** Four devices, of which the first is on the way to a newer package. */
function fleetAt(latencyUs: number): DeviceView[] {
  const running = { ...newer, slot: 'green', state: 'trial', sinceMs: 0 };
  return [
    someDevice('gw-1', { reported: someReport('gw-1', { running }), health: someHealth('gw-1', [latencyUs]) }),
    ...['gw-2', 'gw-3', 'gw-4'].map((id) => someDevice(id, { health: someHealth(id, [200]) })),
  ];
}

const canary = someRollout({
  status: 'running',
  package: newer,
  waveIndex: 0,
  waves: [
    {
      percent: 25,
      devices: 1,
      generation: 3,
      startedMs: testMomentMs,
      verdict: 'inconclusive',
      waitingFor: 'the soak',
    },
  ],
  members: [someMember('gw-1', { progress: 'trial' })],
});

/** The screen after looks at fleets, as its lines on a terminal. */
function screenOf(
  fleets: readonly DeviceView[][],
  { rollouts = [], alerts = [], columns = 120, lines = 40 }: ScreenOptions = {},
): string[] {
  const samples = fleets.map((fleet, index) => takeSample(fleet, testMomentMs + index * 2_000, rollouts, alerts));
  const history = samples.reduce<CohortHistory[]>((known, sample) => extendHistory(known, sample), []);
  const sample = samples.at(-1);
  if (sample === undefined) throw new Error('nobody looked');
  const elapsedMs = (samples.length - 1) * 2_000;
  const init = { target: 'production', metric: 'key' as const, sample, history, elapsedMs, durationMs: 300_000 };
  const written: string[] = [];
  liveScreen((text) => written.push(text))(monitorScreen({ ...init, signs: unicodeSigns }), columns, lines);
  return (written[0] ?? '').trimEnd().split('\n');
}

interface ScreenOptions {
  readonly rollouts?: readonly RolloutSummary[];
  readonly alerts?: readonly AlertView[];
  readonly columns?: number;
  readonly lines?: number;
}

t.test('a sparkline shows the newest values on the scale it is given', async (t) => {
  t.equal(sparkline([0, 5, 10], { low: 0, high: 10 }, 3, unicodeSigns), '▁▅█');
  t.equal(sparkline([1, 2, 3, 4], spanOf([1, 2, 3, 4]), 2, asciiSigns).length, 2);
  t.equal(sparkline([5, 5], spanOf([5, 5]), 4, asciiSigns), '  __', 'what does not move lies on the ground');
  t.equal(sparkline([1, null, 3], spanOf([1, null, 3]), 3, asciiSigns), '_ #', 'no value is no zero');
  t.equal(sparkline([null], spanOf([null]), 2, asciiSigns), '  ');
});

t.test('a bar is full only when all is done', async (t) => {
  t.equal(drawBar(999, 1_000, 10, asciiSigns), '#########-');
  t.equal(drawBar(1_000, 1_000, 10, asciiSigns), '##########');
  t.equal(drawBar(0, 0, 4, asciiSigns), '----');
});

t.test('signs are those that the locale can show', async (t) => {
  t.equal(signsFor('en_GB.UTF-8'), unicodeSigns);
  t.equal(signsFor('C.utf8'), unicodeSigns);
  t.equal(signsFor('C'), asciiSigns);
  t.equal(signsFor(undefined), asciiSigns);
});

t.test('the package on its way stands beside the one before it, on one scale', async (t) => {
  const lines = screenOf([fleetAt(200), fleetAt(400), fleetAt(800)], { rollouts: [canary] });
  t.match(lines[0], /^production at .*, 4 s of 5 m$/);
  t.ok(lines.some((line) => /^rollout r-0abc12: .*@1\.1\.0 to production: running$/.test(line)));
  t.ok(lines.some((line) => /^\[░+\] 0 of 1 devices$/.test(line)));
  t.ok(lines.includes('wave 1/1 (25 %): the soak'));
  t.match(
    lines.find((line) => line.startsWith('METRIC')),
    /METRIC +occupancy-cfc@1\.1\.0 +ON 1 +occupancy-cfc@1\.0\.0 +ON 3 +LIMIT/,
  );
  t.match(
    lines.find((line) => line.startsWith('latency p99')),
    /latency p99 +8\d\d us +▁▃█ +[12]\d\d us +▁▁▁ +5\.00 ms/,
  );
});

t.test('an estimate of energy is never shown as if it were measured', async (t) => {
  const metered = { energyMw: { value: 2_500, source: 'hwmon', uncertainty: 0.01 } };
  const estimated = { energyMw: { value: 1_500, source: 'model' } };
  const fleet = [metered, estimated].map((figures, index) => {
    const health = someHealth(`gw-${index}`, [200]);
    return someDevice(`gw-${index}`, { health: { ...health, window: { ...health.window, ...figures } } });
  });
  t.match(
    screenOf([fleet]).find((line) => line.startsWith('energy')),
    /energy +2000 mW hwmon\/model/,
  );
});

t.test('alerts that nobody knows of are shown', async (t) => {
  const known = someAlert({ alertId: 'a-2', acknowledged: { by: 'jo', atMs: testMomentMs, reason: 'known' } });
  const lines = screenOf([fleetAt(200)], { alerts: [someAlert(), known] });
  t.ok(lines.includes('1 open alert'));
  t.ok(lines.some((line) => /^a-1 +critical +unresponsive +gw-7 +silent for 2 m/.test(line)));
});

t.test('ten thousand devices fit a terminal, those at which something fires first', async (t) => {
  const well = someDevice();
  const sick = someDevice('gw-sick', { health: someHealth('gw-sick', [200], { breaches: [breach] }) });
  const many = [...Array.from({ length: 9_999 }, () => well), sick];
  const lines = screenOf([many], { columns: 80, lines: 24 });
  t.ok(lines.length <= 24 && lines.length > 20, `${lines.length} lines`);
  t.ok(lines.every((line) => line.length <= 80));
  t.ok(lines.includes('10000 devices, 1 with something that fires'));
  const first = lines.findIndex((line) => line.startsWith('DEVICE')) + 1;
  t.match(lines[first], /^gw-sick /);
  t.match(lines.at(-1), /^and 99\d\d more devices, of which 0 fire$/);
});

t.test('a screen takes the place of the one before it', async (t) => {
  const written: string[] = [];
  const show = liveScreen((text) => written.push(text));
  const part = { title: 'one', table: { head: [], rows: [] }, left: null };
  show([part, part], 80, 24);
  show([part], 80, 24);
  t.same(written, ['one\n\none\n', '\u001b[3A\u001b[Jone\n']);
});

t.test('rows give way in the last part first, and nothing else does before them', async (t) => {
  const part = (name: string, rows: number): ScreenLines => ({
    fixed: [name],
    rows: Array.from({ length: rows }, (_, row) => [`${name}${row}`]),
    left: (hidden) => `${hidden} more`,
  });
  t.same(fitScreen([part('a', 2), part('b', 2)], 7), ['a', 'a0', 'a1', '', 'b', 'b0', 'b1']);
  t.same(fitScreen([part('a', 2), part('b', 3)], 7), ['a', 'a0', 'a1', '', 'b', 'b0', '2 more']);
  t.same(fitScreen([part('a', 3), part('b', 3)], 6), ['a', 'a0', '2 more', '', 'b', '3 more']);
  t.same(fitScreen([part('a', 1), part('b', 1)], 2), ['a', '1 more']);
});

t.test('work in a log tells now and then how far it is, how fast, and how long it will take', async (t) => {
  const clock = new ManualClock();
  const notes: string[] = [];
  const view = lineView((text) => notes.push(text), clock);
  const upload = (done: number) => view.update({ done, total: 1_000, text: 'bytes', rate: (amount) => `${amount} B` });
  upload(100);
  clock.advance(10_000);
  upload(200);
  t.same(notes, [], 'not at every step');
  clock.advance(20_000);
  upload(400);
  t.same(notes, ['  400/1000 bytes, 10 B/s, about 1 m left\n'], 'what was there before is not its doing');
  clock.advance(60_000);
  upload(400);
  t.equal(notes.length, 1, 'nothing is said of what does not move');
});

t.test('slow work is told by the minute, and work that is done has no time left', async (t) => {
  const clock = new ManualClock();
  const notes: string[] = [];
  const view = lineView((text) => notes.push(text), clock);
  const roll = (done: number) => view.update({ done, total: 4, text: 'wave 1/1', rate: String });
  roll(0);
  clock.advance(60_000);
  roll(2);
  clock.advance(60_000);
  roll(4);
  t.same(notes, ['  2/4 wave 1/1, 2/min, about 1 m left\n', '  4/4 wave 1/1, 2/min\n']);
});
