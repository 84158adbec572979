import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCodes } from '@liquid-lln/cli';
import {
  generateSigningKeys,
  LlnError,
  limits,
  type OperatorReply,
  type OperatorRequest,
  operatorReplySchema,
  parseSigningKey,
  parseWith,
  signPackage,
} from '@liquid-lln/protocol';
import t, { type Test } from 'tap';
import { someDevice, someHealth, someMember, someRollout, testMomentMs } from '../support/fleet-views.js';
import { type CliRun, runCliHere } from '../support/run-cli.js';
import { type Script, type StandIn, startStandIn } from '../support/stand-in-coordinator.js';
import { startCli } from '../support/start-cli.js';
import { digestOf, tinyPackage } from '../support/tiny-package.js';

// No file of whoever runs the tests may lead a command to a real coordinator.
const home = t.testdir({});
process.env['XDG_CONFIG_HOME'] = home;
process.env['XDG_STATE_HOME'] = home;
for (const name of ['LLN_BROKER', 'LLN_CONFIG', 'LLN_USERNAME', 'LLN_PASSWORD', 'LLN_FLEET']) delete process.env[name];

const signed = signPackage(tinyPackage(), parseSigningKey(generateSigningKeys().privatePem));
const registered = {
  digest: digestOf(signed),
  name: 'tiny',
  version: '1.0.0',
  sizeBytes: signed.length,
  signedBy: ['k'.repeat(64)],
  registeredMs: testMomentMs,
  registeredBy: 'operator',
  devices: 0,
};

async function standIn(test: Test, script: Script): Promise<StandIn> {
  const running = await startStandIn(script);
  test.teardown(() => running.close());
  return running;
}

/** Answers each kind of request with what is given, checked against the protocol. */
function answers(replies: Readonly<Record<string, object>>): Script {
  return ({ kind }) => {
    const reply = replies[kind];
    if (reply === undefined) throw new LlnError('INTERNAL', `no answer is scripted for ${kind}`);
    return parseWith(operatorReplySchema, { of: kind, ...reply }, 'scripted reply') as OperatorReply;
  };
}

/** Runs a command against a stand-in. */
function run({ url }: StandIn, ...args: string[]): Promise<CliRun> {
  return runCliHere([...args, '--broker', url, '--connect-timeout', '5s']);
}

function documentOf(test: Test, { stdout }: CliRun): Record<string, unknown> {
  test.match(stdout, /^[^\n]+\n$/, 'standard output is one line');
  return JSON.parse(stdout) as Record<string, unknown>;
}

function packageFile(test: Test, content: Uint8Array = signed): string {
  const path = join(test.testdir(), 'm.liquid');
  writeFileSync(path, content);
  return path;
}

const upload = {
  'upload-open': { haveBytes: 0, registered: null },
  'upload-chunk': { haveBytes: signed.length },
  'upload-close': { registered },
};
const kinds = (requests: readonly OperatorRequest[]): string[] => requests.map(({ kind }) => kind);

t.test('a coordinator that is not there is exit status 4, at once', async (t) => {
  const run = await runCliHere(['status', '--target', 'all', '--broker', 'mqtt://127.0.0.1:9', '--json']);
  t.equal(run.exitCode, exitCodes.unreachable);
  t.match(documentOf(t, run), { error: { code: 'COORDINATOR_UNREACHABLE', message: /127\.0\.0\.1:9.*ECONNREFUSED/ } });
});

t.test('a server that says nothing is exit status 4 within the time given', async (t) => {
  const mute = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(mute, 'listening');
  t.teardown(() => mute.close());
  const address = mute.address();
  const port = typeof address === 'object' ? address?.port : null;
  const startMs = performance.now();
  const run = await runCliHere(['packages', '--broker', `mqtt://127.0.0.1:${port}`, '--connect-timeout', '300ms']);
  t.equal(run.exitCode, exitCodes.unreachable, run.stderr);
  t.ok(performance.now() - startMs < 5_000);
});

t.test('a broker without a coordinator is exit status 4, and the request was repeated', async (t) => {
  const silent = await standIn(t, () => null);
  const run = await runCliHere(['packages', '--broker', silent.url, '--connect-timeout', '2.5s', '--json']);
  t.equal(run.exitCode, exitCodes.unreachable);
  t.match(documentOf(t, run), { error: { code: 'COORDINATOR_UNREACHABLE', message: /no coordinator .* answered/ } });
  t.ok(silent.requests.length > 1, `${silent.requests.length} requests`);
});

t.test('wrong or missing credentials are exit status 3', async (t) => {
  const { port } = await standIn(t, () => null);
  for (const userInfo of ['', 'operator:wrong@']) {
    const run = await runCliHere(['packages', '--broker', `mqtt://${userInfo}127.0.0.1:${port}`, '--json']);
    t.equal(run.exitCode, exitCodes.refused);
    t.match(documentOf(t, run), { error: { code: 'PERMISSION_DENIED' } });
    t.notMatch(run.stdout, /wrong/);
  }
});

t.test('another fleet than the coordinator serves is refused, not waited for', async (t) => {
  const running = await standIn(t, () => null);
  const refused = await run(running, 'packages', '--fleet', 'other');
  t.equal(refused.exitCode, exitCodes.refused, refused.stderr);
});

t.test('what the coordinator refuses has its own exit status', async (t) => {
  const cases = [
    ['TARGET_UNKNOWN', exitCodes.usage],
    ['PERMISSION_DENIED', exitCodes.refused],
    ['REFUSED_BY_GATE', exitCodes.refused],
    ['TARGET_EMPTY', exitCodes.notSo],
  ] as const;
  for (const [code, exitCode] of cases) {
    const running = await startStandIn(() => {
      throw new LlnError(code, 'as scripted');
    });
    const refused = await run(running, 'status', '--target', 'nowhere', '--json');
    await running.close();
    t.equal(refused.exitCode, exitCode, code);
    t.match(documentOf(t, refused), { error: { code, message: 'as scripted' } });
  }
});

t.test('a code that only a newer coordinator knows is still shown', async (t) => {
  const error = { code: 'MOON_IN_THE_WAY', message: 'wait', remedy: 'look up', context: {} };
  const running = await standIn(t, () => ({ of: 'error', error }));
  const refused = await run(running, 'packages', '--json');
  t.equal(refused.exitCode, exitCodes.notSo);
  t.match(documentOf(t, refused), { error: { context: { peerCode: 'MOON_IN_THE_WAY' }, message: /wait.*look up/ } });
});

t.test('deploy uploads, waits for the end, and exits 0 when all is confirmed', async (t) => {
  const script = answers({ ...upload, deploy: { rollout: someRollout({ status: 'running', members: [] }) } });
  const running = await standIn(t, (request, asker) => {
    const trial = someRollout({ status: 'running', members: [someMember('gw-1', { progress: 'trial' })] });
    if (request.kind === 'deploy') {
      setTimeout(() => asker.progress({ kind: 'rollout', rollout: trial }), 20);
      setTimeout(() => asker.progress({ kind: 'rollout', rollout: someRollout() }), 40);
    }
    return script(request, asker);
  });
  const model = packageFile(t);
  const deployed = await run(
    running,
    'deploy',
    '--target',
    'production',
    '--model',
    model,
    '--subset',
    '25%',
    '--soak',
    '1m',
  );
  t.equal(deployed.exitCode, exitCodes.done, deployed.stderr);
  t.same(kinds(running.requests), ['upload-open', 'upload-chunk', 'upload-close', 'deploy']);
  t.match(running.requests[0], {
    fileDigest: createHash('sha256').update(signed).digest('hex'),
    sizeBytes: signed.length,
  });
  t.match(running.requests[3], {
    target: { name: 'production', environment: null },
    digest: registered.digest,
    waves: [25],
    policy: { soakSeconds: 60 },
    override: null,
  });
  t.match(deployed.stderr, /gw-1: trial\n {2}gw-1: confirmed\nsucceeded/, 'progress goes to standard error');
  t.match(deployed.stdout, /1 of 1 device confirmed/);
});

t.test('limits of a rollout are sent as they were typed, and nonsense is not sent', async (t) => {
  const running = await standIn(t, answers({ ...upload, deploy: { rollout: someRollout() } }));
  const options = ['deploy', '--target', 'production', '--model', packageFile(t)];
  const limits = ['--failure-budget', '5%', '--max-unavailable', '3', '--rate', '100', '--silence', '10m'];
  const rest = ['--spread', '2m', '--window', '22:00-05:00', '--on-trip', 'wave', '--approval'];
  const deployed = await run(running, ...options, ...limits, ...rest);
  t.equal(deployed.exitCode, exitCodes.done, deployed.stderr);
  t.match(running.requests.at(-1), {
    limits: {
      failureBudget: { percent: 5 },
      maxUnavailable: { devices: 3 },
      ratePerMinute: 100,
      silenceSecondsMax: 600,
    },
    spreadSeconds: 120,
    window: { startMinute: 1_320, endMinute: 300 },
    onTrip: 'wave',
    approval: true,
  });
  const sent = running.requests.length;
  for (const [option, value] of [
    ['--failure-budget', 'some'],
    ['--max-unavailable', '101%'],
    ['--window', '22-05'],
    ['--window', '25:00-05:00'],
    ['--window', '05:00-05:00'],
    ['--rate', '0'],
    ['--on-trip', 'me'],
  ]) {
    const refused = await run(running, ...options, option ?? '', value ?? '');
    t.equal(refused.exitCode, exitCodes.usage, `${option} ${value}`);
  }
  t.equal(running.requests.length, sent);
});

t.test('with --json a deploy writes one document and nothing else', async (t) => {
  const running = await standIn(t, answers({ ...upload, deploy: { rollout: someRollout() } }));
  const deployed = await run(running, 'deploy', '--target', 'production', '--model', packageFile(t), '--json');
  t.match(documentOf(t, deployed), { isDone: true, asked: 1, confirmed: 1, rollout: { rolloutId: 'r-0abc12' } });
  t.equal(deployed.stderr, '');
});

t.test('an upload goes on where it stopped, in chunks', async (t) => {
  const large = signPackage(tinyPackage({ units: 150 }), parseSigningKey(generateSigningKeys().privatePem));
  t.ok(large.length > 3 * limits.chunkBytes, 'several chunks');
  const received: number[] = [];
  const running = await standIn(t, (request, asker) => {
    if (request.kind === 'upload-open') return { of: 'upload-open', haveBytes: limits.chunkBytes, registered: null };
    if (request.kind === 'upload-chunk') {
      received.push(request.offset);
      return { of: 'upload-chunk', haveBytes: request.offset + request.data.length };
    }
    return answers({ ...upload, deploy: { rollout: someRollout() } })(request, asker);
  });
  const deployed = await run(running, 'deploy', '--target', 'all', '--model', packageFile(t, large));
  t.equal(deployed.exitCode, exitCodes.done, deployed.stderr);
  const rest = Array.from(
    { length: Math.ceil(large.length / limits.chunkBytes) - 1 },
    (_, index) => (index + 1) * limits.chunkBytes,
  );
  t.same(received, rest);
});

t.test('an invalid file is refused before anything is sent', async (t) => {
  const running = await standIn(t, () => null);
  const flipped = Uint8Array.from(signed);
  flipped[40] = (flipped[40] ?? 0) ^ 1;
  const cases: [string, Uint8Array, RegExp][] = [
    ['truncated', signed.subarray(0, signed.length / 2), /PACKAGE_TRUNCATED/],
    ['flipped', flipped, /PACKAGE_DIGEST_MISMATCH|PACKAGE_MALFORMED|MANIFEST_INVALID/],
    ['unsigned', tinyPackage(), /PACKAGE_UNSIGNED/],
    ['not a package', Buffer.from('hello, world'), /PACKAGE_MALFORMED/],
  ];
  for (const [name, content, code] of cases) {
    const refused = await run(
      running,
      'deploy',
      '--target',
      'production',
      '--model',
      packageFile(t, content),
      '--json',
    );
    t.not(refused.exitCode, exitCodes.done);
    t.match(documentOf(t, refused), { error: { code } }, name);
  }
  const missing = await run(running, 'deploy', '--target', 'production', '--model', '/nowhere/m.liquid');
  t.equal(missing.exitCode, exitCodes.usage);
  t.same(running.requests, []);
});

t.test('options that do not fit together are exit status 2, and nothing is sent', async (t) => {
  const running = await standIn(t, () => null);
  const model = packageFile(t);
  const wrong = [
    ['deploy', '--target', 'x'],
    ['deploy', '--target', 'x', '--model', model, '--package', 'tiny@1.0.0'],
    ['deploy', '--target', 'x', '--model', model, '--subset', '25%', '--waves', '10,100'],
    ['deploy', '--target', 'x', '--model', model, '--subset', '0%'],
    ['deploy', '--target', 'x', '--model', model, '--override'],
    ['deploy', '--target', 'x', '--model', model, '--set', 'sock=1'],
    ['deploy', '--target', 'x', '--model', model, '--env', 'moon'],
    ['rollback', '--target', 'x'],
    ['rollback', '--target', 'x', '--to-version', 'one'],
    ['rollback', '--target', 'x', '--to-previous', '--name', 'tiny'],
    ['stop', '--reason', 'because'],
    ['logs', '--target', 'x', '--follow', '--json'],
    ['monitor', '--target', 'x', '--interval', '10ms'],
    ['status', '--target', 'x', '--metric', 'mood'],
    ['enrol', 'Not An Id'],
    ['enrol', 'gw-1', '-o', '/nowhere/gw-1.json'],
    ['enrol', 'gw-1', '-o', tmpdir(), '--force'],
    ['status', '--target', ''],
    ['stop', '--rollout', 'r-1', '--reason', 'very '.repeat(200)],
  ];
  for (const args of wrong) {
    const refused = await run(running, ...args);
    t.equal(refused.exitCode, exitCodes.usage, args.join(' '));
  }
  t.same(running.requests, []);
});

t.test('a rollout that is halted is exit status 1 and says which device reverted and why', async (t) => {
  const outcome = {
    generation: 3,
    digest: null,
    result: 'reverted',
    code: 'latency',
    detail: '9 ms over 6 ms',
    atMs: 0,
  };
  const members = [someMember('gw-1', { progress: 'reverted', outcome })];
  const halted = someRollout({ status: 'halted', detail: 'gw-1 reverted', members });
  const running = await standIn(t, answers({ ...upload, deploy: { rollout: halted } }));
  const deployed = await run(running, 'deploy', '--target', 'production', '--model', packageFile(t));
  t.equal(deployed.exitCode, exitCodes.notSo);
  t.match(deployed.stdout, /halted[\s\S]*gw-1 +-? [\s\S]*reverted +latency: 9 ms/);
});

t.test('a rollout that does not end in time is exit status 5, and without waiting 0', async (t) => {
  const rollout = someRollout({ status: 'running', members: [someMember('gw-1', { progress: 'trial' })] });
  const running = await standIn(t, answers({ ...upload, deploy: { rollout }, rollout: { rollout } }));
  const model = packageFile(t);
  const late = await run(running, 'deploy', '--target', 'production', '--model', model, '--timeout', '200ms', '--json');
  t.equal(late.exitCode, exitCodes.timedOut);
  t.match(documentOf(t, late), { error: { code: 'TIMED_OUT', context: { rolloutId: 'r-0abc12' } } });
  const unwatched = await run(running, 'deploy', '--target', 'production', '--model', model, '--no-wait');
  t.equal(unwatched.exitCode, exitCodes.done);
});

t.test('lost news are made up for by asking', async (t) => {
  const going = someRollout({ status: 'running', members: [someMember('gw-1', { progress: 'trial' })] });
  const running = await standIn(
    t,
    answers({ ...upload, deploy: { rollout: going }, rollout: { rollout: someRollout() } }),
  );
  const deployed = await run(running, 'deploy', '--target', 'production', '--model', packageFile(t));
  t.equal(deployed.exitCode, exitCodes.done, deployed.stderr);
  t.ok(kinds(running.requests).includes('rollout'));
});

t.test('a rollout that somebody else began is shown, and watched until it rests', async (t) => {
  const members = [someMember('gw-1', { progress: 'trial', waitingFor: 'the soak' })];
  const going = someRollout({ status: 'running', members });
  let looks = 0;
  const running = await standIn(t, (request, ...rest) => {
    looks += 1;
    return answers({ rollout: { rollout: looks > 2 ? someRollout() : going } })(request, ...rest);
  });
  const shown = await run(running, 'rollouts', 'r-0abc12');
  t.equal(shown.exitCode, exitCodes.done);
  t.match(shown.stdout, /gw-1 .*trial +the soak/);
  const followed = await run(running, 'rollouts', 'r-0abc12', '--follow');
  t.equal(followed.exitCode, exitCodes.done);
  t.match(followed.stderr, /gw-1: trial \(the soak\)\n[\s\S]*gw-1: confirmed/);
  t.equal((await run(running, 'rollouts', '--follow')).exitCode, exitCodes.usage);
});

t.test('Ctrl-C leaves the rollout going, says how to stop it, and exits 130', async (t) => {
  const rollout = someRollout({ status: 'running', members: [someMember('gw-1', { progress: 'trial' })] });
  const running = await standIn(t, answers({ ...upload, deploy: { rollout }, rollout: { rollout } }));
  const model = packageFile(t);
  const cli = startCli(['deploy', '--target', 'production', '--model', model, '--broker', running.url]);
  await cli.untilStderr(/gw-1: trial/);
  cli.signal('SIGINT');
  const { exitCode, stdout } = await cli.ended;
  t.equal(exitCode, exitCodes.interrupted);
  t.match(stdout, /goes on; to watch it: liquid-lln rollouts r-0abc12 --follow; to stop it: liquid-lln stop r-0abc12 /);
});

t.test('a registered package is deployed by its name', async (t) => {
  const running = await standIn(
    t,
    answers({ packages: { packages: [registered] }, deploy: { rollout: someRollout() } }),
  );
  const deployed = await run(running, 'deploy', '--target', 'gw-1', '--package', 'tiny@v1.0.0', '--batch-size', '1');
  t.equal(deployed.exitCode, exitCodes.done, deployed.stderr);
  t.match(running.requests[1], { kind: 'deploy', digest: registered.digest, batchSize: 1 });
  const unknown = await run(running, 'deploy', '--target', 'gw-1', '--package', 'tiny@9.9.9');
  t.equal(unknown.exitCode, exitCodes.usage);
});

t.test('rollback shows old, new and now of each device, and exits 1 if one failed', async (t) => {
  const members = [someMember('gw-1'), someMember('gw-2', { progress: 'unknown', waitingFor: 'offline for 900 s' })];
  const rollback = someRollout({ kind: 'rollback', status: 'running', package: null, members });
  const running = await standIn(t, answers({ rollback: { rollout: rollback } }));
  const failed = await run(running, 'rollback', '--target', 'production', '--to-previous', '--reason', 'smoke');
  t.equal(failed.exitCode, exitCodes.notSo);
  t.match(failed.stdout, /gw-2[\s\S]*unknown +offline for 900 s/);
  const done = await standIn(t, answers({ rollback: { rollout: someRollout({ kind: 'rollback' }) } }));
  const version = await run(done, 'rollback', '--target', 'production', '--to-version', 'v1.2.3');
  t.equal(version.exitCode, exitCodes.done, version.stderr);
  t.match(done.requests[0], { to: { kind: 'version', name: null, version: '1.2.3' } });
});

t.test('stop halts one rollout, or every open one to a target', async (t) => {
  const open = someRollout({ status: 'running', rolloutId: 'r-aaaaaa' });
  const halted = { rollout: someRollout({ status: 'halted', rolloutId: 'r-aaaaaa' }) };
  const running = await standIn(
    t,
    answers({ rollouts: { rollouts: [open, someRollout()] }, stop: halted, rollout: halted }),
  );
  const byTarget = await run(running, 'stop', '--target', 'production', '--reason', 'smoke', '--json');
  t.match(documentOf(t, byTarget), { rollouts: [{ rolloutId: 'r-aaaaaa', status: 'halted' }] });
  t.match(running.requests[1], { kind: 'stop', rolloutId: 'r-aaaaaa', reason: 'smoke' });
  const none = await run(running, 'stop', '--target', 'staging', '--reason', 'smoke');
  t.equal(none.exitCode, exitCodes.usage, 'the target may be misspelt');
  const idle = await standIn(t, answers({ rollouts: { rollouts: [someRollout()] } }));
  const all = await run(idle, 'stop', '--all', '--reason', 'smoke', '--json');
  t.equal(all.exitCode, exitCodes.done, 'nothing is open, as was wanted');
  t.same(documentOf(t, all), { rollouts: [], told: 0, acknowledged: 0 });
});

t.test('a decision about a rollout that is over is refused', async (t) => {
  const message = 'rollout r-aaaaaa is halted and cannot be paused';
  const error = { code: 'ROLLOUT_STATE', message, remedy: '', context: {} };
  const over = await standIn(t, () => ({ of: 'error', error }));
  t.equal((await run(over, 'pause', 'r-aaaaaa', '--reason', 'late')).exitCode, exitCodes.refused);
});

t.test('B12: stop waits for the devices and tells of each whether it has heard', async (t) => {
  const member = (name: string, stop: string, progress = 'stopped') => someMember(name, { progress, stop });
  const view = (...members: object[]) => ({ rollout: someRollout({ status: 'halted', members }) });
  const first = view(member('gw-1', 'awaited', 'stopping'), someMember('gw-3', { progress: 'pending' }));
  const options = ['stop', 'r-0abc12', '--reason', 'smoke'];
  const all = await standIn(t, answers({ stop: first, rollout: view(member('gw-1', 'acknowledged')) }));
  const done = await run(all, ...options, '--json');
  t.equal(done.exitCode, exitCodes.done, done.stderr);
  t.match(documentOf(t, done), { told: 1, acknowledged: 1, rollouts: [{ members: [{ progress: 'stopped' }] }] });
  const away = view(member('gw-1', 'acknowledged', 'rolled-back'), member('gw-2', 'offline', 'stopping'));
  const half = await standIn(
    t,
    answers({ stop: first, rollout: away, rollouts: { rollouts: [someRollout({ status: 'paused' })] } }),
  );
  const partly = await run(half, 'abort', '--all', '--reason', 'smoke');
  t.equal(partly.exitCode, exitCodes.notSo, partly.stderr);
  t.match(partly.stdout, /gw-1 +acknowledged[\s\S]*rolled-back[\s\S]*gw-2 +offline: it[\s\S]*1 of 2 acknowledged/);
  const slow = await standIn(t, answers({ stop: first, rollout: first }));
  const late = await run(slow, ...options, '--timeout', '1s');
  t.equal(late.exitCode, exitCodes.timedOut, late.stderr);
  t.equal((await run(slow, ...options, '--no-wait')).exitCode, exitCodes.done);
});

t.test('B14: pause, resume, promote and approve name their rollout and say why', async (t) => {
  const paused = { rollout: someRollout({ status: 'paused', detail: 'paused by jo: lunch' }) };
  const open = { rollout: someRollout({ status: 'running' }) };
  const script = answers({ pause: paused, resume: open, approve: open, rollout: open, promote: open });
  const running = await standIn(t, script);
  const held = await run(running, 'pause', 'r-0abc12', '--reason', 'lunch');
  t.equal(held.exitCode, exitCodes.done, held.stderr);
  t.match(held.stdout, /paused by jo: lunch[\s\S]*liquid-lln resume r-0abc12/);
  for (const name of ['resume', 'approve', 'promote']) {
    const done = await run(running, name, 'r-0abc12', '--reason', 'back', '--json');
    t.equal(done.exitCode, exitCodes.done, done.stderr);
    t.match(running.requests.at(-1), { kind: name, rolloutId: 'r-0abc12', reason: 'back' });
    t.equal((await run(running, name, 'r-0abc12')).exitCode, exitCodes.usage, 'a reason is required');
    t.equal((await run(running, name, 'nonsense', '--reason', 'back')).exitCode, exitCodes.usage);
  }
  t.match(running.requests.at(-1), { waveIndex: 0 });
  const refusing = await standIn(t, () => {
    throw new LlnError('PERMISSION_DENIED', 'jo proposed it');
  });
  const refused = await run(refusing, 'approve', 'r-0abc12', '--reason', 'me again');
  t.equal(refused.exitCode, exitCodes.refused);
});

t.test('B52: isolate waits for the devices and tells of each what became of it', async (t) => {
  const told = { reason: 'it answers nonsense', by: 'operator', atMs: testMomentMs };
  const gw1 = (progress: string) => ({ deviceId: 'gw-1', isolation: { isolated: true, progress, told } });
  const away = { deviceId: 'gw-2', isolation: { isolated: true, progress: 'offline', told } };
  const replies = (...rows: readonly object[]) => ({
    isolate: { devices: [gw1('awaited'), ...rows] },
    isolations: { devices: [gw1('in-force'), ...rows] },
  });
  const options = ['isolate', '--target', 'production', '--reason', 'it answers nonsense'];
  const all = await standIn(t, answers(replies()));
  const done = await run(all, ...options, '--json');
  t.equal(done.exitCode, exitCodes.done, done.stderr);
  t.match(documentOf(t, done), { target: 'production', isolated: true, isDone: true, inForce: 1 });
  t.match(all.requests[0], { kind: 'isolate', isolated: true, reason: 'it answers nonsense' });
  const half = await standIn(t, answers(replies(away)));
  const partly = await run(half, ...options);
  t.equal(partly.exitCode, exitCodes.notSo, partly.stderr);
  t.match(partly.stdout, /gw-1 +isolated +in force[\s\S]*gw-2 +isolated +offline: it[\s\S]*1 of 2 isolated/);
  const slow = await standIn(t, answers({ ...replies(), isolations: { devices: [gw1('awaited')] } }));
  const late = await run(slow, ...options, '--timeout', '1s');
  t.equal(late.exitCode, exitCodes.timedOut, late.stderr);
  t.match(late.stdout, /not taken up yet[\s\S]*0 of 1 isolated/);
  t.equal((await run(slow, ...options, '--no-wait')).exitCode, exitCodes.done);
  await run(slow, ...options, '--release', '--no-wait');
  t.match(slow.requests.at(-1), { kind: 'isolate', isolated: false });
  t.equal((await run(slow, 'isolate', '--target', 'production')).exitCode, exitCodes.usage, 'a reason is required');
  t.equal((await run(slow, ...options.slice(0, -1), '')).exitCode, exitCodes.usage, 'and not an empty one');
});

t.test('an isolated device is not healthy for an operator: exit 1, with who did it and why', async (t) => {
  const isolation = { isolated: true, progress: 'in-force', told: { reason: 'smoke', by: 'jo', atMs: testMomentMs } };
  const running = await standIn(t, answers({ devices: { devices: [someDevice('gw-1', { isolation })] } }));
  const unwell = await run(running, 'health', '--target', 'production');
  t.equal(unwell.exitCode, exitCodes.notSo);
  t.match(unwell.stdout, /gw-1 +isolated[\s\S]*smoke[\s\S]*0 of 1 healthy/);
});

t.test('health exits 0 if every device is healthy, else 1 with the reasons', async (t) => {
  const well = await standIn(t, answers({ devices: { devices: [someDevice()] } }));
  t.equal((await run(well, 'health', '--target', 'production')).exitCode, exitCodes.done);
  const ill = someDevice('gw-2', { online: false, faults: ['silent for 40 s'] });
  const running = await standIn(t, answers({ devices: { devices: [someDevice(), ill] } }));
  const unwell = await run(running, 'health', '--target', 'production');
  t.equal(unwell.exitCode, exitCodes.notSo);
  t.match(unwell.stdout, /gw-2 +NOT HEALTHY[\s\S]*silent for 40 s[\s\S]*1 of 2 healthy/);
});

t.test('status shows what is asked for, of a device named by its address too', async (t) => {
  const running = await standIn(
    t,
    answers({ devices: { devices: [someDevice()] }, rollouts: { rollouts: [someRollout()] } }),
  );
  for (const metric of ['overview', 'storage', 'memory', 'model']) {
    const shown = await run(running, 'status', '--target', '127.0.0.1:8080', '--metric', metric);
    t.equal(shown.exitCode, exitCodes.done, shown.stderr);
    t.match(shown.stdout, /gw-1/, metric);
  }
  t.match(running.requests[0], { kind: 'devices', target: { name: '127.0.0.1:8080' } });
  const rollouts = await run(running, 'status', '--target', 'rollouts');
  t.match(rollouts.stdout, /r-0abc12 +deploy/);
});

t.test('logs shows the lines of all devices in the order of their times', async (t) => {
  const line = (atMs: number, message: string) => ({ atMs, level: 'info', message });
  const logs = [
    { deviceId: 'gw-1', lines: [line(1_000, 'first'), line(3_000, 'third')] },
    { deviceId: 'gw-2', lines: [line(2_000, 'second')] },
  ];
  const running = await standIn(t, answers({ logs: { logs, silent: ['gw-3'] } }));
  const shown = await run(running, 'logs', '--target', 'production', '--tail', '3');
  t.equal(shown.exitCode, exitCodes.done);
  t.match(shown.stdout, /gw-1 info {2}first\n.*gw-2 info {2}second\n.*gw-1 info {2}third\n/);
  t.match(shown.stderr, /no answer from gw-3/);
  const mute = await standIn(t, answers({ logs: { logs: [], silent: ['gw-3'] } }));
  t.equal((await run(mute, 'logs', '--target', 'gw-3')).exitCode, exitCodes.timedOut);
});

t.test('logs --follow goes on with the lines to come until Ctrl-C', async (t) => {
  const running = await standIn(t, (request, asker) => {
    const log = {
      deviceId: someDevice().deviceId,
      lines: [{ atMs: 5_000, level: 'warn' as const, message: 'to come' }],
    };
    setTimeout(() => asker.progress({ kind: 'log', log }), 20);
    return answers({ logs: { logs: [], silent: [] } })(request, asker);
  });
  const cli = startCli(['logs', '--target', 'gw-1', '--follow', '--broker', running.url]);
  await cli.untilStdout(/gw-1 warn {2}to come/);
  cli.signal('SIGINT');
  t.equal((await cli.ended).exitCode, exitCodes.interrupted);
});

t.test('monitor exits 0 if nothing fired, and 1 with the figures if something did', async (t) => {
  const noAlerts = { alerts: [], silences: [] };
  const nothingElse = { events: { events: [] }, rollouts: { rollouts: [] }, alerts: noAlerts };
  const quiet = await standIn(t, answers({ ...nothingElse, devices: { devices: [someDevice()] } }));
  const watch = ['monitor', '--target', 'production', '--duration', '500ms', '--interval', '200ms'];
  const calm = await run(quiet, ...watch);
  t.equal(calm.exitCode, exitCodes.done, calm.stderr);
  t.match(calm.stdout, /occupancy-cfc@1\.0\.0, 1 device[\s\S]*nothing fired/);
  const breach = { metric: 'latency', level: 'rollback', value: 9_000, limit: 7_500, unit: 'us', samples: 60 };
  const slow = someDevice('gw-1', { health: someHealth('gw-1', [9_000], { breaches: [breach] }) });
  const firing = await standIn(t, answers({ ...nothingElse, devices: { devices: [slow] } }));
  const fired = await run(firing, ...watch, '--json');
  t.equal(fired.exitCode, exitCodes.notSo);
  const document = documentOf(t, fired);
  t.match(document, { firings: [{ deviceId: 'gw-1', what: 'latency', level: 'rollback' }] });
  t.ok(Array.isArray(document['samples']) && document['samples'].length >= 2, 'all samples are there');
});

t.test('B52: incidents are listed, shown, taken and closed; exit 1 while nobody has taken one', async (t) => {
  const incident = {
    incidentId: 'i-3',
    cause: 'operator',
    title: 'smoke in the hall',
    status: 'open',
    alerts: [],
    devices: ['gw-1'],
    chain: ['on-call-engineer'],
    escalation: { level: 0, levelMs: testMomentMs, toldMs: null, repeats: 0, isExhausted: false },
    openedMs: testMomentMs,
    openedBy: 'ada',
    openedFor: null,
    acknowledged: null,
    closed: null,
    emergency: null,
    timeline: [],
  };
  const taken = { ...incident, status: 'acknowledged' };
  const coordinator = await standIn(
    t,
    answers({
      incidents: { incidents: [incident] },
      'incident-acknowledge': { incident: taken },
      'incident-close': { incident: { ...incident, status: 'closed' } },
      document: { incident },
      escalate: { incident },
      emergency: { incident, stopped: ['r-0abc12'], isolated: ['gw-1'] },
    }),
  );
  const listed = await run(coordinator, 'incidents', '--json');
  t.match(
    [listed.exitCode, JSON.parse(listed.stdout)],
    [exitCodes.notSo, { open: 1, incidents: [{ incidentId: 'i-3' }] }],
  );
  t.match((await run(coordinator, 'incidents', 'show', 'i-3')).stdout, /smoke in the hall/);
  t.equal((await run(coordinator, 'incidents', 'show', 'i-4')).exitCode, exitCodes.usage);
  t.equal((await run(coordinator, 'incidents', 'ack', 'i-3')).exitCode, exitCodes.usage, 'not without a reason');
  for (const action of ['ack', 'close'])
    t.equal((await run(coordinator, 'incidents', action, 'i-3', '--reason', 'mine')).exitCode, exitCodes.done, action);
  const lines = [
    ['document', '--note', 'the fan stands still'],
    ['escalate', '--reason', 'nobody answers'],
    ['emergency', '--reason', 'fire', '--target', 'gw-1'],
  ];
  for (const line of lines) {
    const { exitCode, stdout, stderr } = await run(coordinator, ...line, '--json');
    t.match([exitCode, JSON.parse(stdout), stderr], [exitCodes.done, { incident: { incidentId: 'i-3' } }, '']);
  }
  t.match(coordinator.requests.slice(-5), [
    { kind: 'incident-acknowledge', incidentId: 'i-3', reason: 'mine' },
    { kind: 'incident-close', incidentId: 'i-3', reason: 'mine' },
    { kind: 'document', note: 'the fan stands still' },
    { kind: 'escalate', reason: 'nobody answers' },
    { kind: 'emergency', target: { name: 'gw-1' }, reason: 'fire' },
  ]);
});

t.test('enrol shows the credentials once, or writes them for you alone', async (t) => {
  const credentials = { gatewayId: 'gw-9', username: 'gw-9', password: 's3cret', created: true };
  const running = await standIn(t, answers({ enrol: credentials }));
  const shown = await run(running, 'enrol', 'gw-9', '--json');
  t.match(documentOf(t, shown), credentials);
  const file = join(t.testdir(), 'gw-9.json');
  const written = await run(running, 'enrol', 'gw-9', '-o', file);
  t.equal(written.exitCode, exitCodes.done, written.stderr);
  t.notMatch(written.stdout, /s3cret/);
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.match(JSON.parse(readFileSync(file, 'utf8')), { username: 'gw-9', password: 's3cret' });
  const again = await run(running, 'enrol', 'gw-9', '-o', file);
  t.equal(again.exitCode, exitCodes.usage, 'an existing file is kept, and no new credentials are made');
  t.equal(running.requests.length, 2);
});

t.test('packages, rollouts and audit list what there is', async (t) => {
  const entry = {
    sequence: 1,
    atMs: testMomentMs,
    actor: 'jo',
    action: 'deploy',
    subject: 'r-0abc12',
    reason: 'why not',
    detail: '',
  };
  const script = answers({
    packages: { packages: [registered] },
    rollouts: { rollouts: [] },
    audit: { entries: [entry] },
  });
  const running = await standIn(t, script);
  t.match((await run(running, 'packages')).stdout, /tiny@1\.0\.0/);
  t.match((await run(running, 'rollouts')).stdout, /no rollouts yet/);
  t.match((await run(running, 'audit')).stdout, /2026-01-31 08:15:00Z {2}jo: deploy r-0abc12\n {4}reason: why not/);
});
