import { join } from 'node:path';
import { exitCodes } from '@liquid-lln/cli';
import {
  type Digest,
  parseWith,
  type RolloutReplay,
  type RolloutSummary,
  rolloutReplaySchema,
} from '@liquid-lln/protocol';
import Database from 'libsql';
import t from 'tap';
import { eventually } from '../support/eventually.js';
import { deployRequest } from '../support/operator-client.js';
import { type CliRun, runCliHere } from '../support/run-cli.js';
import { type ScriptedFleet, startScriptedFleet } from '../support/scripted-fleet.js';
import { signedPackage } from '../support/signed-package.js';

/** A look as the store has it. */
interface StoredLook {
  readonly atMs: number;
  readonly generation?: number;
}

/** Of two devices in the first wave one confirms and the other one reverts: the rollout halts. */
async function failRollout({ operator, devices }: ScriptedFleet, digest: Digest): Promise<RolloutSummary> {
  for (const device of devices) device.script = 'stay-on-trial';
  const { rollout } = await operator.request(deployRequest(digest, 'production', [50, 100]));
  const [good, bad] = await eventually('both devices of the first wave try it', () => {
    const trying = devices.filter(({ reported }) => reported.running?.digest === digest);
    return trying.length === 2 && trying;
  });
  await good?.confirm();
  const generation = bad?.reported.generation ?? rollout.waves[0]?.generation;
  if (generation == null) throw new Error('nobody was told');
  const outcome = { generation, digest, result: 'reverted' as const, code: 'error-rate', detail: 'scripted', atMs: 1 };
  await bad?.report({ outcome, quarantined: [digest] });
  return eventually('the rollout halts', async () => {
    const now = await operator.rollout(rollout.rolloutId);
    return now.status === 'halted' && now;
  });
}

/** What the coordinator wrote of a rollout while it went, read from its store. */
function recordedLooks({ coordinator }: ScriptedFleet, rolloutId: string): StoredLook[] {
  const database = new Database(join(coordinator.dataDir, 'fleet.db'), { readonly: true });
  try {
    const rows = database.prepare('select body from traces where rollout_id = ? order by place').all(rolloutId);
    return (rows as { body: string }[]).map(({ body }) => JSON.parse(body) as StoredLook);
  } finally {
    database.close();
  }
}

function typeReplay({ coordinator }: ScriptedFleet, ...args: string[]): Promise<CliRun> {
  const { broker, username, password } = coordinator.operator;
  return runCliHere(['replay', '--broker', broker.replace('//', `//${username}:${password}@`), ...args]);
}

async function replayOf(fleet: ScriptedFleet, rolloutId: string, ...args: string[]): Promise<RolloutReplay> {
  const run = await typeReplay(fleet, '--rollout', rolloutId, '--json', ...args);
  t.equal(run.exitCode, exitCodes.done, run.stdout);
  return parseWith(rolloutReplaySchema, (JSON.parse(run.stdout) as { replay: unknown }).replay, 'replay');
}

t.test('B19: replay of a real coordinator agrees with what it recorded, decided and wrote down', async (t) => {
  const fleet = await startScriptedFleet(t, 4);
  const digest = await fleet.operator.register(signedPackage());
  const { rolloutId, detail, endedMs, waves } = await failRollout(fleet, digest);
  const looks = recordedLooks(fleet, rolloutId);
  const { entries } = await fleet.operator.request({ kind: 'audit', limit: 100 });
  const halt = entries.find(({ action, subject }) => action === 'rollout-halted' && subject === rolloutId);
  const decided = looks.filter(({ generation }) => generation !== undefined).map(({ atMs }) => atMs);

  const asItWas = await replayOf(fleet, rolloutId);
  t.equal(asItWas.looks, looks.length);
  t.match(asItWas, { isReproduced: true, divergedMs: null, fromMs: looks[0]?.atMs, target: 'production' });
  t.match(asItWas.asItWas, { status: 'halted', detail, endedMs });
  t.equal(asItWas.asItWas.waves[0]?.startedMs, waves[0]?.startedMs);
  t.match(asItWas.asItWas.waves[0]?.figures, { assigned: 2, done: 1, failed: 1 });
  t.equal(asItWas.asItWas.waves[1]?.startedMs, null);
  t.ok(decided.includes(waves[0]?.startedMs ?? 0) && decided.includes(halt?.atMs ?? 0), 'the plans are in the record');

  const forgiving = await replayOf(fleet, rolloutId, '--failure-budget', '1');
  t.match(forgiving, { isReproduced: true, asItWas: asItWas.asItWas, divergedMs: halt?.atMs });
  t.match(forgiving.under, { status: 'running', waves: [{ passedMs: halt?.atMs, failedMs: null }, {}] });
  t.equal(forgiving.under.waves[1]?.startedMs, halt?.atMs, 'the second wave would have begun at that moment');
  t.match(forgiving.difference, { waveIndex: 0, was: { verdict: 'failed' }, is: { verdict: 'successful' } });
  t.ok(forgiving.unknown.length > 0, 'what the others would have done is not known');
  t.same(recordedLooks(fleet, rolloutId), looks, 'nothing is stored');

  const { stdout, exitCode } = await typeReplay(fleet, '--rollout', rolloutId, '--failure-budget', '1');
  t.equal(exitCode, exitCodes.done);
  t.match(stdout, `rollout ${rolloutId} to production, replayed: ${looks.length} looks`);
  t.match(stdout, 'planned again as it was, the record comes to what was decided');
  t.match(stdout, /as it was: halted at .*\n.*under these limits: running; different from/);
  t.match(stdout, /THE DIFFERENCE/);
  t.match(stdout, /not known:/);
});

t.test('B19: a replay of what is not there, or under limits that cannot be, is refused', async (t) => {
  const fleet = await startScriptedFleet(t, 1);
  const unknown = await typeReplay(fleet, '--rollout', 'r-ffffff', '--json');
  t.equal(unknown.exitCode, exitCodes.usage);
  t.match(JSON.parse(unknown.stdout), { error: { code: 'ROLLOUT_UNKNOWN' } });
  const wrong = await typeReplay(fleet, '--rollout', 'not-an-id', '--json');
  t.equal(wrong.exitCode, exitCodes.usage);
});
