import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort, LocalFleet, waitFor } from '@liquid-lln/tools';
import t from 'tap';
import * as v from 'valibot';
import { runCliProcess } from '../support/run-cli.js';
import { projectRoot } from '../support/shared.js';

// What Prometheus scrapes of a fleet of processes, and whether rules and dashboards ask for what there is.

t.setTimeout(180_000);

const folder = mkdtempSync(join(tmpdir(), 'liquid-lln-monitoring-'));
const metricsPort = await findFreePort();
const hwmon = join(folder, 'sys/class/hwmon/hwmon0');
mkdirSync(hwmon, { recursive: true });
writeFileSync(join(hwmon, 'name'), 'ina226\n');
writeFileSync(join(hwmon, 'power1_input'), '2500000\n');
const fleet = await LocalFleet.start({
  folder,
  gateways: ['gw-1'],
  environment: 'simulation',
  sensors: { energy: 'hwmon', sysfsRoot: join(folder, 'sys') },
  coordinator: { metrics: { port: metricsPort } },
});
t.teardown(async () => {
  await fleet.stop();
  rmSync(folder, { recursive: true });
});
const coordinatorUrl = `http://127.0.0.1:${metricsPort}`;
const agentUrl = fleet.devices[0]?.url ?? '';

async function scrape(url: string): Promise<string> {
  const response = await fetch(`${url}/metrics`);
  if (response.status !== 200) throw new Error(`${url} answers ${response.status}`);
  return response.text();
}

/** The names of the metrics on a page. */
function namesOn(page: string): string[] {
  return [...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
}

function sampleOf(page: string, line: string): number | null {
  const found = page.split('\n').find((one) => one.startsWith(`${line} `));
  return found === undefined ? null : Number(found.split(' ').at(-1));
}

t.test('the fleet in numbers, before and after a deployment', async (t) => {
  await waitFor({ what: 'a device without a package', timeoutMs: 30_000, everyMs: 100 }, async () => {
    const page = await scrape(coordinatorUrl);
    return sampleOf(page, 'lln_fleet_serving{environment="simulation",package="none",state="none"}') === 1
      ? page
      : null;
  });
  const file = join(folder, 'occupancy.liquid');
  const source = join(projectRoot, 'examples/occupancy/occupancy-cfc');
  const from = ['--weights', `${source}.safetensors`, '--config', `${source}.json`, '--name', 'occupancy'];
  const packed = runCliProcess(['pack', ...from, '--version', '1.0.0', '--key', fleet.signingKey, '-o', file]);
  t.equal(packed.exitCode, 0, packed.stderr);
  const deployed = await fleet.cli(
    'deploy',
    '--target',
    'simulation',
    '--model',
    file,
    '--soak',
    '1s',
    '--set',
    'evidenceInferencesMin=20',
  );
  t.equal(deployed.exitCode, 0, JSON.stringify(deployed.document));
  const after = await waitFor({ what: 'the package in the metrics', timeoutMs: 30_000, everyMs: 500 }, async () => {
    const page = await scrape(coordinatorUrl);
    const sample = 'lln_fleet_serving{environment="simulation",package="occupancy@1.0.0",state="confirmed"}';
    return sampleOf(page, sample) === 1 ? page : null;
  });
  t.equal(sampleOf(after, 'lln_fleet_devices{environment="simulation",kind="native",presence="online"}'), 1);
});

t.test('a device tells its power with its source, and the limits in force', async (t) => {
  const page = await scrape(agentUrl);
  t.equal(sampleOf(page, 'lln_power_watts{source="ina226",device="gw-1"}'), 2.5);
  t.equal(sampleOf(page, 'lln_limit{metric="error-rate",side="above",level="alert",unit="ratio",device="gw-1"}'), 0.05);
  t.notOk(/^lln_temperature_celsius\{/m.test(page), 'without a thermometer there is no temperature');
});

t.test('docs/MONITORING.md lists every metric of the product, and none that there is not', async (t) => {
  const text = readFileSync(join(projectRoot, 'docs/MONITORING.md'), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| `lln_'));
  const listed = rows.flatMap((row) => (row.split('|')[1] ?? '').match(/lln_\w+/g) ?? []);
  const pages = [await scrape(coordinatorUrl), await scrape(agentUrl)].join('\n');
  const there = [...pages.matchAll(/^# TYPE (lln_\S+) /gm)].map(([, name]) => name);
  t.same(listed.toSorted(), there.toSorted());
});

t.test('only what is there is answered', async (t) => {
  t.equal((await fetch(`${coordinatorUrl}/health`)).status, 200);
  t.equal((await fetch(`${coordinatorUrl}/else`)).status, 404);
  t.equal((await fetch(`${coordinatorUrl}/metrics`, { method: 'POST' })).status, 405);
});

t.test('B54: alert rules are made of a baseline', async (t) => {
  const baseline = join(folder, 'baseline.json');
  const measured = await fleet.cli('benchmark', '--target', 'simulation', '--duration', '2', '--output', baseline);
  t.equal(measured.exitCode, 0, JSON.stringify(measured.document));
  const rulesFile = join(folder, 'alerts.yml');
  const made = runCliProcess(['rules', '--baseline', baseline, '-o', rulesFile]);
  t.equal(made.exitCode, 0, made.stderr);
  const rules = readFileSync(rulesFile, 'utf8');
  t.match(rules, /record: lln_baseline:power_watts\n +expr: "vector\(2\.5\)"\n +labels:\n +device: "gw-1"/);
  t.match(rules, /record: lln_baseline:latency_seconds\n +expr: "vector\(0\.00\d+\)"/);
  const again = runCliProcess(['rules', '--baseline', baseline, '-o', rulesFile]);
  t.equal(again.exitCode, 2, 'no file is replaced without being told');

  await t.test('rules and dashboards ask for metrics that there are', async (t) => {
    const names = new Set([await scrape(coordinatorUrl), await scrape(agentUrl)].flatMap(namesOn));
    const computed = [...rules.matchAll(/record: (\S+)/g)].map(([, name]) => name);
    const dashboards = ['fleet', 'device'].map((name) =>
      readFileSync(join(projectRoot, `examples/monitoring/grafana-${name}.json`), 'utf8'),
    );
    for (const text of [rules, ...dashboards]) {
      const asked = new Set([...text.matchAll(/\blln_[a-z_:]+/g)].map(([name]) => name));
      t.ok(asked.size > 5);
      for (const name of asked) t.ok(names.has(name) || computed.includes(name), name);
    }
  });

  const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
  await t.test('Prometheus accepts them', { skip: !hasPromtool && 'promtool is not installed' }, async (t) => {
    const checked = spawnSync('promtool', ['check', 'rules', rulesFile], { encoding: 'utf8' });
    t.equal(checked.status, 0, checked.stdout + checked.stderr);
  });
});

t.test('a panel has a place, a title and an expression', async (t) => {
  const panel = v.object({
    title: v.pipe(v.string(), v.minLength(3)),
    targets: v.pipe(v.array(v.object({ expr: v.pipe(v.string(), v.minLength(3)) })), v.minLength(1)),
    gridPos: v.object({ x: v.number(), y: v.number(), w: v.number(), h: v.number() }),
  });
  const dashboard = v.object({ uid: v.string(), panels: v.pipe(v.array(panel), v.minLength(10)) });
  for (const name of ['fleet', 'device']) {
    const text = readFileSync(join(projectRoot, `examples/monitoring/grafana-${name}.json`), 'utf8');
    const { panels } = v.parse(dashboard, JSON.parse(text));
    t.equal(new Set(panels.map(({ gridPos: { x, y } }) => `${x}/${y}`)).size, panels.length, 'none lies on another');
  }
});
