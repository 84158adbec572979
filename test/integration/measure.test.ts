import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchmarkFindings, baselineFileSchema, parseWith } from '@liquid-lln/protocol';
import { LocalBoard, LocalFleet, makePackages, rolloutAnswer, statusAnswer, waitFor } from '@liquid-lln/tools';
import t, { type Test } from 'tap';
import { sharedFolder } from '../support/shared.js';

// The measuring commands on real processes: two agents, a board as a Linux process, one on an emulated Cortex-M7.

const skip = LocalBoard.faultOf('posix') ?? false;
const hasQemu = LocalBoard.faultOf('mps2-an500') === null;
t.setTimeout(600_000);

interface Measured {
  readonly deviceId: string;
  readonly state: string;
  readonly result: { readonly findings: Record<string, unknown> } | null;
}

interface Bottleneck {
  readonly parts: readonly { readonly name: string; readonly us: number; readonly share: number }[];
}

/** As if every latency had been another. */
function scaled(findings: BenchmarkFindings, factor: number): BenchmarkFindings {
  const scale = (found: BenchmarkFindings['engineUs']) =>
    found === null
      ? null
      : {
          ...found,
          quantiles: found.quantiles.map((figure) => ({ ...figure, value: figure.value * factor })),
          blocks: found.blocks.map((block) => block * factor),
        };
  return { ...findings, engineUs: scale(findings.engineUs), wholeUs: scale(findings.wholeUs) };
}

async function startFleet(t: Test): Promise<LocalFleet> {
  const folder = mkdtempSync(join(tmpdir(), 'liquid-lln-measure-'));
  const posix = await LocalBoard.start({ name: 'posix', folder, kind: 'posix' });
  const emulated = hasQemu ? await LocalBoard.start({ name: 'qemu', folder, kind: 'mps2-an500' }) : null;
  if (emulated === null) t.comment('SKIP the emulated board: qemu-system-arm or its firmware is missing');
  const boards = {
    'gw-1': [{ name: 'posix', address: posix.address }],
    ...(emulated === null ? {} : { 'gw-2': [{ name: 'qemu', address: emulated.address }] }),
  };
  const fleet = await LocalFleet.start({ folder, gateways: ['gw-1', 'gw-2'], environment: 'production', boards });
  t.teardown(async () => {
    await fleet.stop();
    await Promise.all([posix.stop(), emulated?.stop()]);
    rmSync(folder, { recursive: true });
  });
  return fleet;
}

t.test('measuring commands', { skip }, async (t) => {
  const fleet = await startFleet(t);
  const packages = await makePackages(fleet.folder, fleet.signingKey, new AbortController().signal);
  const deviceIds = ['gw-1', 'gw-1.posix', 'gw-2', ...(hasQemu ? ['gw-2.qemu'] : [])];
  await waitFor({ what: 'every device', timeoutMs: 60_000, everyMs: 300 }, async () => {
    const { devices } = await fleet.ask(statusAnswer, 'status', '--target', 'all');
    return devices.length === deviceIds.length && devices.every(({ online }) => online) ? true : null;
  });
  const settings = ['windowSeconds=5', 'windowInferencesMin=20', 'evidenceInferencesMin=20', 'heartbeatSeconds=1'];
  const limits = settings.flatMap((setting) => ['--set', setting]);
  const deploy = ['deploy', '--target', 'production', '--waves', '100', '--soak', '2s', ...limits];
  const { rollout } = await fleet.ask(rolloutAnswer, ...deploy, '--model', packages.first.file);
  t.equal(rollout.status, 'succeeded');

  const measure = async (...args: string[]) => {
    const { exitCode, document } = await fleet.cli(...args);
    return { exitCode, document: document as { devices: Measured[] } };
  };

  t.test(
    'B48: profile --metric latency has the percentiles of exactly so many inferences of each device',
    async (t) => {
      const { exitCode, document } = await measure(
        'profile',
        '--target',
        'production',
        '--metric',
        'latency',
        '--samples',
        '200',
      );
      t.equal(exitCode, 0);
      t.same(
        document.devices.map(({ deviceId }) => deviceId),
        deviceIds,
      );
      for (const { deviceId, result } of document.devices) {
        t.match(
          result?.findings,
          { errors: 0, warmUp: 20, engineUs: { count: 200 }, wholeUs: { count: 200 } },
          deviceId,
        );
      }
    },
  );

  t.test('B48: profile --metric energy says where a figure comes from, or that there is none', async (t) => {
    const { exitCode, document } = await measure(
      'profile',
      '--target',
      'gw-1',
      '--metric',
      'energy',
      '--duration',
      '2',
    );
    const [device] = document.devices;
    t.equal(device?.state, 'done');
    t.equal(exitCode, device?.result?.findings['source'] === null ? 1 : 0);
  });

  t.test(
    'B48: verify makes the checks of a suite on every device, and the coordinator keeps what came of it',
    async (t) => {
      const expected = {
        smoke: ['version', 'golden-vectors', 'answering'],
        integration: ['version', 'golden-vectors', 'answering', 'malformed-input', 'telemetry', 'drill'],
        full: [
          ...['version', 'golden-vectors', 'answering', 'malformed-input'],
          ...['latency', 'energy', 'temperature', 'memory', 'accuracy', 'telemetry', 'drill'],
        ],
      };
      for (const [suite, checks] of Object.entries(expected)) {
        const { exitCode, document } = await measure('verify', '--target', 'production', '--test-suite', suite);
        for (const { deviceId, result } of document.devices) {
          const found = (result?.findings['checks'] ?? []) as { name: string; state: string; detail: string }[];
          t.same(
            found.map(({ name }) => name),
            checks,
            `${suite} on ${deviceId}`,
          );
          const bad = found.filter(({ state }) => state !== 'passed' && state !== 'skipped');
          t.same(bad, [], `${suite} on ${deviceId}`);
        }
        t.equal(exitCode, 0, suite);
      }
      const last = await fleet.cli('verify', '--target', 'production', '--test-suite', 'full', '--last');
      t.equal(last.exitCode, 0);
      t.match(last.document, {
        verifications: deviceIds.map((deviceId) => ({ deviceId, isPassed: true, suite: 'full' })),
      });
    },
  );

  t.test('a promise that a device does not keep fails the suite that looks at it', async (t) => {
    const none = await fleet.cli('verify', '--target', 'production', '--test-suite', 'production', '--last');
    t.match(none.document, { error: { code: 'VERIFICATION_UNKNOWN' } });
    const empty = await measure('verify', '--target', 'production-green', '--test-suite', 'production');
    t.equal(empty.exitCode, 1);
    t.match(
      empty.document.devices,
      deviceIds.map(() => ({ state: 'failed', error: { code: 'SLOT_EMPTY' } })),
    );
  });

  t.test('B49: test --scenario end-to-end goes through /inference, telemetry and coordinator', async (t) => {
    const { exitCode, document } = await measure('test', '--target', 'production', '--scenario', 'end-to-end');
    t.equal(exitCode, 0);
    for (const { result } of document.devices) {
      t.match(result?.findings, {
        checks: [
          { name: 'version', state: 'passed' },
          { name: 'answering', state: 'passed' },
          { name: 'telemetry', state: 'passed', detail: /arrived, [1-9]\d* inferences in it/ },
        ],
      });
    }
  });

  t.test('an isolated device answers nobody, and a verification says so', async (t) => {
    await fleet.cli('isolate', '--target', 'gw-2', '--reason', 'a drill');
    const { exitCode, document } = await measure('verify', '--target', 'gw-2');
    t.equal(exitCode, 1);
    t.match(document.devices[0]?.result?.findings, { checks: [{}, {}, { state: 'failed', detail: /HTTP 503/ }] });
    await fleet.cli('isolate', '--target', 'gw-2', '--release', '--reason', 'the drill is over');
  });

  t.test('B48: benchmark writes a baseline, and compare tells a regression from chance', async (t) => {
    const file = join(fleet.folder, 'baseline.json');
    const written = await measure('benchmark', '--target', 'production', '--duration', '4', '--output', file);
    t.equal(written.exitCode, 0);
    const baseline = parseWith(baselineFileSchema, JSON.parse(readFileSync(file, 'utf8')), file);
    t.same(
      baseline.devices.map(({ deviceId }) => deviceId),
      deviceIds,
    );
    t.ok(baseline.devices.every(({ findings }) => (findings.engineUs?.count ?? 0) > 0));
    const again = await fleet.cli('benchmark', '--target', 'gw-1', '--duration', '1', '--output', file);
    t.match(again.document, { error: { code: 'USAGE', message: /--force/ } });
    // A machine that is shared with others is no place to call a figure the same: what is far off must be found out.
    const compare = ['compare', '--target', 'gw-1', '--duration', '4', '--baseline', file];
    t.equal((await fleet.cli(...compare, '--tolerance', '100%')).exitCode, 0);
    const faster = baseline.devices.map((device) => ({ ...device, findings: scaled(device.findings, 0.1) }));
    writeFileSync(file, JSON.stringify({ ...baseline, devices: faster }));
    const worse = await fleet.cli(...compare);
    t.equal(worse.exitCode, 1);
    t.match(worse.document, { isRegression: true, rows: [{ metric: 'latency', verdict: 'worse' }] });
    writeFileSync(file, JSON.stringify(baseline));
    const update = ['monitor', '--update-thresholds', '--baseline', file];
    const updated = await fleet.cli(...update);
    t.equal(updated.exitCode, 0);
    t.match(updated.document, {
      changes: deviceIds.map((deviceId) => ({ deviceId, metric: 'latency' })),
      isApplied: true,
    });
    const inForce = async () => {
      const { devices } = await fleet.ask(statusAnswer, 'status', '--target', 'all');
      return devices.every(({ health }) => health?.thresholds?.latencyUs?.origin === 'baseline') ? devices : null;
    };
    await waitFor({ what: 'the thresholds in the devices', timeoutMs: 30_000, everyMs: 300 }, inForce);
    await fleet.killAgent('gw-1');
    await fleet.restartAgent('gw-1');
    await waitFor({ what: 'the thresholds after a restart', timeoutMs: 30_000, everyMs: 300 }, inForce);
    t.match((await fleet.cli(...update)).document, { changes: [] }, 'once more, nothing changes');
    const { document: log } = await fleet.cli('audit', '--limit', '50');
    const entries = (log as { entries: { action: string }[] }).entries;
    t.equal(entries.filter(({ action }) => action === 'thresholds-updated').length, 1);
    writeFileSync(file, JSON.stringify({ ...baseline, version: 2 }));
    t.equal((await fleet.cli(...compare)).exitCode, 2, 'another version is refused');
  });

  t.test(
    'B48: analyze names the bottleneck with its figures; profile --detailed shows where the time goes',
    async (t) => {
      const { exitCode, document } = await measure('analyze', '--target', 'production', '--metric', 'performance');
      t.equal(exitCode, 0);
      const analyzed = document.devices as unknown as { deviceId: string; bottleneck: Bottleneck }[];
      for (const { deviceId, bottleneck } of analyzed) {
        const names = bottleneck.parts.map(({ name }) => name).sort();
        const expected = deviceId.includes('.')
          ? ['HTTP', 'kernel', 'serial line']
          : ['FFI call', 'HTTP', 'agent', 'kernel'];
        t.same(names, expected, deviceId);
        t.ok(Math.abs(bottleneck.parts.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9);
        t.equal(bottleneck.parts[0]?.us, Math.max(...bottleneck.parts.map(({ us }) => us)));
      }
      const detailed = await measure('profile', '--target', 'gw-1', '--detailed', '--samples', '100');
      const layers = (detailed.document.devices[0]?.result?.findings['layers'] ?? []) as {
        name: string;
        share: number;
      }[];
      t.ok(layers.length > 2 && Math.abs(layers.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9);
    },
  );

  const shared = sharedFolder();
  const noData = shared === null && 'no reference folder beside the checkout';
  t.test('B48: evaluate comes to the counts of the reference on every device', { skip: noData }, async (t) => {
    const data = (name: string) => join(shared ?? '', 'datasets/occupancy', `${name}.csv`);
    const added = await fleet.cli('datasets', 'add', 'validation', data('validation'), '--for', 'occupancy-cfc');
    t.match(added.document, { dataset: { name: 'validation', rows: 2_665, packageName: 'occupancy-cfc' } });
    await fleet.cli('datasets', 'add', 'occupancy-test', data('test'));
    await fleet.cli('datasets', 'add', 'validation-of-any', data('validation'));
    t.match((await fleet.cli('datasets', 'list')).document, { datasets: [{}, {}, {}] });
    const taken = await fleet.cli('datasets', 'add', 'validation', data('test'));
    t.match([taken.exitCode, taken.document], [3, { error: { code: 'DATASET_TAKEN' } }]);
    const evaluate = (target: string, dataset: string) =>
      measure('evaluate', '--target', target, '--dataset', dataset, '--share', '90%');
    const reference = (model: string) => {
      const { metrics } = JSON.parse(readFileSync(join(shared ?? '', 'reference', `${model}.json`), 'utf8')) as {
        metrics: Record<string, { rows: number; false_positives: number; false_negatives: number }>;
      };
      return metrics;
    };
    const check = (model: string, dataset: string, { devices }: { devices: Measured[] }) => {
      const expected = reference(model)[dataset];
      for (const { deviceId, result } of devices) {
        t.equal(result?.findings['rows'], expected?.rows);
        const confusion = (result?.findings['confusion'] ?? []) as number[][];
        const wrong = [confusion[0]?.[1], confusion[1]?.[0]];
        t.same(wrong, [expected?.false_positives, expected?.false_negatives], `${model}, ${dataset}, ${deviceId}`);
      }
      t.equal(devices.length, dataset === 'validation' ? deviceIds.length : 1);
    };
    check('occupancy-cfc', 'validation', (await evaluate('production', 'validation')).document);
    check('occupancy-cfc', 'test', (await evaluate('gw-1', 'occupancy-test')).document);
    const full = await measure('verify', '--target', 'production', '--test-suite', 'full');
    t.match(full.document.devices[0]?.result?.findings['checks'], [
      ...Array.from({ length: 8 }, () => ({})),
      { name: 'accuracy', detail: /2603 of 2665/ },
      {},
      { name: 'drill', state: 'skipped', detail: /only with --drill/ },
    ]);
    await fleet.ask(rolloutAnswer, ...deploy, '--model', packages.better.file);
    t.match((await evaluate('gw-1', 'validation')).document.devices, [{ error: { message: /is for occupancy-cfc/ } }]);
    check('occupancy-ltc', 'validation', (await evaluate('production', 'validation-of-any')).document);
    t.equal((await evaluate('gw-1', 'nothing')).exitCode, 2);
  });
});
