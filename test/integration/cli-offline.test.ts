import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes } from '@liquid-lln/cli';
import { decodePackage, encodePackage } from '@liquid-lln/protocol';
import t, { type Test } from 'tap';
import { type CliRun, runCliHere, runCliProcess } from '../support/run-cli.js';
import { projectRoot } from '../support/shared.js';

const examples = join(projectRoot, 'examples/occupancy');
const created = '2026-01-31T12:00:00Z';

function packArguments(output: string, name = 'occupancy-cfc'): string[] {
  const sources = ['--weights', join(examples, `${name}.safetensors`), '--config', join(examples, `${name}.json`)];
  return ['pack', ...sources, '--name', name, '--version', '1.0.0', '--created', created, '-o', output];
}

/** A packed example in the test's own folder. */
async function packed(test: Test, ...extra: string[]): Promise<string> {
  const output = join(test.testdir(), 'm.liquid');
  const run = await runCliHere([...packArguments(output), ...extra]);
  test.equal(run.exitCode, exitCodes.done, run.stderr);
  return output;
}

/** The only document on standard output; nothing else may be there. */
function documentOf(run: CliRun): Record<string, unknown> {
  if (!/^[^\n]+\n$/.test(run.stdout)) throw new Error(`standard output is not one line: ${run.stdout.slice(0, 300)}`);
  return JSON.parse(run.stdout) as Record<string, unknown>;
}

function refused(test: Test, run: CliRun, exitCode: number, code: string): void {
  test.equal(run.exitCode, exitCode, code);
  test.match(documentOf(run), { error: { code, message: String, remedy: String } });
  test.equal(run.stderr, '', 'nothing on standard error');
}

t.test('pack, inspect and infer work as processes', async (t) => {
  const output = join(t.testdir(), 'm.liquid');
  const pack = runCliProcess([...packArguments(output), '--accuracy', '97.67%', '--json']);
  t.equal(pack.exitCode, exitCodes.done, pack.stderr);
  t.match(documentOf(pack), { file: output, name: 'occupancy-cfc', version: '1.0.0', digest: /^[0-9a-f]{64}$/ });
  const inspect = runCliProcess(['inspect', output, '--verify', '--json']);
  t.equal(inspect.exitCode, exitCodes.done, inspect.stderr);
  t.match(documentOf(inspect), {
    digest: documentOf(pack)['digest'],
    goldenVectorsVerified: true,
    manifest: { budgets: { accuracy: 0.9767 }, network: { parameters: 1194 } },
  });
  const infer = runCliProcess(['infer', '--model', output, '--input', '21.2,26.5,420,720', '--json']);
  t.match(documentOf(infer), { model: { name: 'occupancy-cfc' }, label: 'occupied' });
});

t.test('the same sources and moment give the same bytes', async (t) => {
  const first = readFileSync(await packed(t));
  const again = join(t.testdirName, 'again.liquid');
  await runCliHere(packArguments(again));
  t.ok(readFileSync(again).equals(first));
  const byEpoch = join(t.testdirName, 'epoch.liquid');
  const withoutCreated = packArguments(byEpoch).filter((word) => word !== '--created' && word !== created);
  const epoch = String(Date.parse(created) / 1000);
  t.equal(runCliProcess(withoutCreated, { SOURCE_DATE_EPOCH: epoch }).exitCode, exitCodes.done);
  t.ok(readFileSync(byEpoch).equals(first), 'SOURCE_DATE_EPOCH names the moment as well');
});

t.test('pack replaces nothing unless told to, and leaves nothing half-made', async (t) => {
  const output = await packed(t);
  const before = readFileSync(output);
  refused(t, await runCliHere([...packArguments(output, 'occupancy-ltc'), '--json']), exitCodes.usage, 'USAGE');
  t.ok(readFileSync(output).equals(before));
  t.equal((await runCliHere([...packArguments(output, 'occupancy-ltc'), '--force'])).exitCode, exitCodes.done);
  t.notOk(readFileSync(output).equals(before));
  t.strictSame(readdirSync(t.testdirName), ['m.liquid']);
});

t.test('pack promises what its options say', async (t) => {
  const budgets = ['--latency-ms', '2.5', '--energy-mw', '120', '--memory-kb', '64', '--temperature=-10,60'];
  const output = await packed(
    t,
    ...budgets,
    '--accuracy',
    '0.97',
    '--output-range=-50,50',
    '--description',
    'is it?',
    '--dataset',
    join(examples, 'README.md'),
  );
  const { manifest } = documentOf(await runCliHere(['inspect', output, '--json']));
  t.match(manifest, {
    description: 'is it?',
    createdMs: Date.parse(created),
    outputs: { range: [-50, 50], labels: ['vacant', 'occupied'] },
    budgets: {
      latencyMs: 2.5,
      energyMw: 120,
      accuracy: 0.97,
      memoryKb: 64,
      temperatureMinC: -10,
      temperatureMaxC: 60,
    },
    datasets: [{ name: 'README', digest: /^[0-9a-f]{64}$/ }],
    provenance: [{ file: 'occupancy-cfc.safetensors' }, { file: 'occupancy-cfc.json' }],
  });
});

t.test('pack computes golden vectors from a file of inputs, if one is named', async (t) => {
  const rows = [
    [21, 30, 400, 700],
    [22, 31, 0, 500],
  ];
  const answers = { outputs_f64: [], h_final_f64: [], c_final_f64: null, h0: [], c0: null };
  const vectors = { name: 'two-rows', steps: 2, tol_f32: 1e-6, inputs: rows, timespans: [1, 0.5], ...answers };
  const file = join(t.testdir(), 'two-rows.vectors.json');
  const output = join(t.testdirName, 'm.liquid');
  const args = [...packArguments(output), '--golden', file, '--json'];
  writeFileSync(file, JSON.stringify(vectors));
  t.equal((await runCliHere(args)).exitCode, exitCodes.done);
  const { manifest } = documentOf(await runCliHere(['inspect', output, '--verify', '--json']));
  const inputs = Buffer.from(Float32Array.from(rows.flat()).buffer).toString('base64');
  t.match(manifest, { goldenVectors: [{ steps: 2, inputs }] });
  writeFileSync(file, JSON.stringify({ ...vectors, inputs: [[1], [2]] }));
  refused(t, await runCliHere([...args, '--force']), exitCodes.usage, 'INPUT_INVALID');
});

/** Sensor readings that go up and down, as many rows as are asked for. */
function validationCsv(rows: number): string {
  const lines = Array.from({ length: rows }, (_, row) => {
    const phase = Math.sin(row / 40);
    return [20.6 + phase, 25.7 - 4 * phase, Math.max(0, 400 * phase), 600 + 300 * phase].map((value) =>
      value.toFixed(2),
    );
  });
  return ['temperature,humidity,light,co2', ...lines.map((line) => line.join(','))].join('\n');
}

t.test('pack makes a profile of the outputs over validation data, the same each time', async (t) => {
  const file = join(t.testdir(), 'validation.csv');
  const outputs = ['m.liquid', 'again.liquid'].map((name) => join(t.testdirName, name));
  writeFileSync(file, validationCsv(1_100));
  for (const output of outputs) {
    const run = await runCliHere([...packArguments(output), '--output-range=-50,50', '--profile', file, '--json']);
    t.equal(run.exitCode, exitCodes.done, run.stdout);
  }
  const [first, again] = outputs.map((output) => readFileSync(output));
  if (first === undefined || again === undefined) throw new Error('two packages were written');
  t.ok(first.equals(again));
  const { manifest } = decodePackage(first);
  t.match(manifest.outputProfile, { steps: 1_100, limits: { saturationMax: 0 } });
  t.equal(manifest.outputProfile?.outputs.length, 2);
  t.match(manifest.datasets, [{ name: 'validation' }]);
  const inspected = await runCliHere(['inspect', join(t.testdirName, 'm.liquid')]);
  t.match(inspected.stdout, /of 1100 steps: drift 0\.\d\d at most/);
});

t.test('pack refuses a profile of too little data', async (t) => {
  const file = join(t.testdir(), 'validation.csv');
  writeFileSync(file, validationCsv(1_000));
  const args = [...packArguments(join(t.testdirName, 'm.liquid')), '--profile', file, '--json'];
  refused(t, await runCliHere(args), exitCodes.usage, 'INPUT_INVALID');
});

t.test('keys are made, kept private, and sign', async (t) => {
  const output = await packed(t);
  const ours = join(t.testdirName, 'ours');
  const theirs = join(t.testdirName, 'theirs');
  const { keyId } = documentOf(await runCliHere(['keygen', '-o', ours, '--json']));
  await runCliHere(['keygen', '-o', theirs]);
  t.equal(statSync(`${ours}.key`).mode & 0o777, 0o600);
  refused(t, await runCliHere(['keygen', '-o', ours, '--json']), exitCodes.usage, 'USAGE');
  const trustOurs = ['inspect', output, '--json', '--trust', `${ours}.pub`];
  refused(t, await runCliHere(trustOurs), exitCodes.refused, 'PACKAGE_UNSIGNED');
  await runCliHere(['sign', output, '--key', `${theirs}.key`]);
  refused(t, await runCliHere(trustOurs), exitCodes.refused, 'PACKAGE_KEY_UNTRUSTED');
  const signed = documentOf(await runCliHere(['sign', output, '--key', `${ours}.key`, '--json']));
  t.equal((signed['signedBy'] as string[]).length, 2);
  t.strictSame(documentOf(await runCliHere(trustOurs))['trustedSigners'], [keyId]);
  const byPack = join(t.testdirName, 'signed.liquid');
  await runCliHere([...packArguments(byPack), '--key', `${ours}.key`]);
  t.strictSame(documentOf(await runCliHere(['inspect', byPack, '--json']))['signatures'], [{ keyId }]);
});

t.test('damaged files are refused by name and never by a stack trace', async (t) => {
  const output = await packed(t);
  const file = readFileSync(output);
  const damaged = join(t.testdirName, 'damaged.liquid');
  const attempt = async (content: Uint8Array) => {
    writeFileSync(damaged, content);
    return await runCliHere(['infer', '--model', damaged, '--input', '1,2,3,4', '--json']);
  };
  refused(t, await attempt(file.subarray(0, file.length / 2)), exitCodes.notSo, 'PACKAGE_TRUNCATED');
  refused(t, await attempt(Buffer.alloc(0)), exitCodes.notSo, 'PACKAGE_TRUNCATED');
  refused(t, await attempt(Buffer.from('hello, world')), exitCodes.notSo, 'PACKAGE_MALFORMED');
  refused(t, await attempt(Buffer.concat([file, file])), exitCodes.notSo, 'PACKAGE_MALFORMED');
  const flipped = Buffer.from(file);
  flipped[5_000] = (flipped[5_000] ?? 0) ^ 1;
  refused(t, await attempt(flipped), exitCodes.notSo, 'PACKAGE_DIGEST_MISMATCH');
});

t.test('sources that are not what they should be are refused', async (t) => {
  const folder = t.testdir({ 'no.json': '{', 'no.safetensors': 'nonsense', 'empty.json': '{}' });
  const attempt = (weights: string, config: string) => {
    const names = ['--name', 'x', '--version', '1.0.0', '-o', join(folder, 'x.liquid')];
    return runCliHere(['pack', '--weights', weights, '--config', config, ...names, '--json']);
  };
  const weights = join(examples, 'occupancy-cfc.safetensors');
  const config = join(examples, 'occupancy-cfc.json');
  refused(t, await attempt(join(folder, 'nothing'), config), exitCodes.usage, 'FILE_UNREADABLE');
  refused(t, await attempt(folder, config), exitCodes.usage, 'FILE_UNREADABLE');
  refused(t, await attempt(weights, join(folder, 'no.json')), exitCodes.usage, 'FILE_UNREADABLE');
  refused(t, await attempt(weights, join(folder, 'empty.json')), exitCodes.notSo, 'NETWORK_UNSUPPORTED');
  refused(t, await attempt(join(folder, 'no.safetensors'), config), exitCodes.notSo, 'SAFETENSORS_INVALID');
  const others = join(examples, 'occupancy-ltc.safetensors');
  refused(t, await attempt(others, config), exitCodes.notSo, 'NETWORK_UNSUPPORTED');
  t.notOk(existsSync(join(folder, 'x.liquid')));
});

t.test('wrong usage ends with 2 and one document', async (t) => {
  const output = await packed(t);
  const model = ['infer', '--model', output];
  const wrong = [
    ['frobnicate'],
    ['pack'],
    ['inspect'],
    ['inspect', output, '--frobnicate'],
    [...packArguments(join(t.testdirName, 'x')), '--accuracy', '97'],
    [...packArguments(join(t.testdirName, 'x')), '--output-range', '5,1'],
    [...packArguments(join(t.testdirName, 'x')), '--version', 'one'],
    model,
    [...model, '--input', '1,two'],
    [...model, '--input', '1,2,3,4', '--csv', 'x.csv'],
    [...model, '--vectors', 'x.json', '--dt', '1'],
  ];
  for (const args of wrong) refused(t, await runCliHere([...args, '--json']), exitCodes.usage, 'USAGE');
  const invalid = [
    ['--input', '1,2,3'],
    ['--input', '1e300,2,3,4'],
    ['--input', '1,2,3,4', '--dt', '1e300'],
  ];
  for (const args of invalid)
    refused(t, await runCliHere([...model, ...args, '--json']), exitCodes.usage, 'INPUT_INVALID');
  const process = runCliProcess(['frobnicate']);
  t.equal(process.exitCode, exitCodes.usage);
  t.equal(process.stdout, '');
  t.notMatch(process.stderr, /\n\s+at /, 'no stack trace');
});

t.test('people get words, --json one document', async (t) => {
  const output = await packed(t);
  for (const args of [['inspect', output], ['infer', '--model', output, '--input', '1,2,3,4'], ['doctor']]) {
    const words = await runCliHere(args);
    t.equal(words.exitCode, exitCodes.done, words.stdout + words.stderr);
    t.notMatch(words.stdout, /^[[{]/, 'no JSON');
    const json = await runCliHere([...args, '--json']);
    t.type(documentOf(json), 'object');
    t.equal(json.stderr, '');
  }
});

t.test('version and help are answers, nothing at all is a usage error', async (t) => {
  t.match(await runCliHere(['--version']), { exitCode: 0, stdout: /^\d+\.\d+\.\d+\n$/ });
  t.match(await runCliHere(['help']), { exitCode: 0, stdout: /pack .*\n[\s\S]*infer/ });
  t.match(await runCliHere(['infer', '--help']), { exitCode: 0, stdout: /--vectors/ });
  t.match(await runCliHere([]), { exitCode: exitCodes.usage });
});

t.test('a reader who has seen enough is no error', async (t) => {
  const output = await packed(t);
  const rows = Array.from({ length: 20_000 }, (_, row) => `${20 + (row % 5)},30,${row % 500},600`);
  const csv = join(t.testdirName, 'long.csv');
  writeFileSync(csv, `temperature,humidity,light,co2\n${rows.join('\n')}\n`);
  const main = join(projectRoot, 'cli/dist/main.js');
  const line = `'${process.execPath}' '${main}' infer --model '${output}' --csv '${csv}' --json | head -c 10`;
  const { stdout, stderr } = spawnSync('sh', ['-c', line], { encoding: 'utf8', timeout: 60_000 });
  t.equal(stdout.length, 10);
  t.equal(stderr, '');
});

t.test('a CSV file is streamed by its time stamps and scored by its labels', async (t) => {
  const output = await packed(t);
  const csv = join(t.testdirName, 'room.csv');
  const lines = [
    'timestamp,co2,light,humidity,temperature,occupancy',
    '2015-02-02T14:19:00,749.2,585.2,26.272,23.7,occupied',
    '2015-02-02T14:20:00,760.4,578.4,26.29,23.718,1',
    '2015-02-02T14:21:00,760.4,578.4,26.29,23.718,0',
  ];
  writeFileSync(csv, lines.join('\n'));
  const run = await runCliHere(['infer', '--model', output, '--csv', csv, '--json']);
  t.match(documentOf(run), { rows: 3, score: { labelColumn: 'occupancy', falsePositives: 1, falseNegatives: 0 } });
  const byNumber = await runCliHere(['infer', '--model', output, '--csv', csv, '--dt', '1', '--json']);
  t.strictSame(documentOf(byNumber)['outputs'], documentOf(run)['outputs'], 'minutes apart are time steps of 1');
  const attempt = async (replacement: string, ...extra: string[]) => {
    writeFileSync(csv, [...lines.slice(0, 2), replacement].join('\n'));
    return await runCliHere(['infer', '--model', output, '--csv', csv, '--json', ...extra]);
  };
  const invalid = [
    '2015-02-02T14:18:59,500,0,26.29,21,0',
    'yesterday,500,0,26.29,21,0',
    '2015-02-02T14:20:00,,0,26.29,21,0',
    '2015-02-02T14:20:00,500,0,26.29,21',
    '2015-02-02T14:20:00,500,0,26.29,21,perhaps',
  ];
  for (const line of invalid) refused(t, await attempt(line), exitCodes.usage, 'INPUT_INVALID');
  refused(t, await attempt(lines[2] ?? '', '--label-column', 'nothing'), exitCodes.usage, 'INPUT_INVALID');
});

t.test('a package that computes something else than it promises does not pass inspect --verify', async (t) => {
  const output = await packed(t);
  const copy = join(t.testdirName, 'copy.liquid');
  copyFileSync(output, copy);
  t.equal((await runCliHere(['inspect', copy, '--verify'])).exitCode, exitCodes.done);
  const { manifest, image } = decodePackage(readFileSync(output));
  const goldenVectors = manifest.goldenVectors.map((vector) => {
    const outputs = new Uint8Array(vector.outputs);
    outputs[0] = (outputs[0] ?? 0) ^ 1;
    return { ...vector, outputs };
  });
  writeFileSync(copy, encodePackage({ ...manifest, goldenVectors }, image));
  refused(t, await runCliHere(['inspect', copy, '--verify', '--json']), exitCodes.notSo, 'GOLDEN_VECTORS_FAILED');
});
