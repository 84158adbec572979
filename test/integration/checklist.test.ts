import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChecklistItem, RolloutSummary } from '@liquid-lln/protocol';
import { LocalFleet, makePackages, statusAnswer, waitFor } from '@liquid-lln/tools';
import t, { type Test } from 'tap';
import { HttpReceiver } from '../support/http-receiver.js';

// A gateway in simulation, one in production, a channel: what a package needs before it may go to production.

t.setTimeout(300_000);

const trialOptions = [
  '--soak',
  '1s',
  '--waves',
  '100',
  '--set',
  'evidenceInferencesMin=20',
  '--set',
  'windowInferencesMin=20',
];

interface Shown {
  readonly isDone: boolean;
  readonly items: readonly ChecklistItem[];
}

async function startFleet(t: Test) {
  const folder = mkdtempSync(join(tmpdir(), 'liquid-lln-checklist-'));
  const pager = await HttpReceiver.start();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'hook.secret'), 'a secret that is long enough');
  const alerting = {
    channels: { pager: { kind: 'webhook', url: pager.url, secretFile: 'hook.secret', topics: ['rollouts'] } },
    roles: { 'on-call-engineer': ['pager'] },
  };
  const environments = { 'sim-1': 'simulation', 'prod-1': 'production' } as const;
  const gateways = Object.keys(environments);
  const fleet = await LocalFleet.start({
    folder,
    gateways,
    environment: 'production',
    environments,
    coordinator: { checklist: {}, alerting },
  });
  t.teardown(async () => {
    await fleet.stop();
    await pager.stop();
    rmSync(folder, { recursive: true });
  });
  await waitFor({ what: 'every device', timeoutMs: 60_000, everyMs: 300 }, async () => {
    const { devices } = await fleet.ask(statusAnswer, 'status', '--target', 'all');
    return devices.length === gateways.length && devices.every(({ online }) => online) ? true : null;
  });
  return { fleet, pager };
}

/** A command line of the checklist, as an operator types it; trials are short, and a code is read where it was sent. */
function argumentsOf(line: string, pager: HttpReceiver): string[] {
  const args = line.replace(/^liquid-lln /, '').split(' ');
  if (args.at(-1) === 'CODE') {
    const { facts } = pager.bodies.findLast(({ event }) => event === 'test') as { facts: { code: string } };
    return [...args.slice(0, -1), facts.code];
  }
  return args[0] === 'deploy' ? [...args, ...trialOptions] : args;
}

t.test('a deploy to production is refused, then what the checklist says is done, then it is accepted', async (t) => {
  const { fleet, pager } = await startFleet(t);
  const packages = await makePackages(fleet.folder, fleet.signingKey, new AbortController().signal);
  const inSimulation = ['deploy', '--target', 'simulation', ...trialOptions];
  t.equal((await fleet.cli(...inSimulation, '--model', packages.first.file)).exitCode, 0, 'simulation has no gate');
  const first = ['deploy', '--target', 'production', '--model', packages.first.file, ...trialOptions];
  t.match(await fleet.cli(...first), { exitCode: 3, document: { error: { code: 'REFUSED_BY_GATE' } } });
  t.equal((await fleet.cli(...first, '--force')).exitCode, 2, 'not without a reason');
  const reason = 'the first package of this fleet';
  const forced = await fleet.cli(...first, '--force', '--reason', reason);
  t.match(forced, { exitCode: 0, document: { rollout: { checklist: { forced: { by: 'operator', reason } } } } });

  const checklist = async (...args: string[]) => {
    const shown = await fleet.cli('checklist', '--target', 'production', '--model', packages.better.file, ...args);
    return { exitCode: shown.exitCode, ...(shown.document as Shown) };
  };
  const deploy = ['deploy', '--target', 'production', '--model', packages.better.file, ...trialOptions];
  const before = await checklist('--phase', 'pre');
  t.equal(before.exitCode, 3);
  t.match(await fleet.cli(...deploy), {
    exitCode: 3,
    document: { error: { context: { unmet: /unit-tests.*notified/ } } },
  });
  const typed: string[] = [];
  for (let round = 0; round < 12; round += 1) {
    const { items, isDone } = await checklist('--phase', 'pre');
    if (isDone) break;
    const open = items.find(({ state, next }) => state !== 'passed' && next.length > 0);
    for (const line of open?.next ?? []) {
      const { exitCode, document } = await fleet.cli(...argumentsOf(line, pager));
      t.equal(exitCode, 0, `${line} ${exitCode === 0 ? '' : JSON.stringify(document)}`);
      typed.push(line);
    }
  }
  const ready = await checklist('--phase', 'pre');
  t.equal(ready.exitCode, 0, `${typed.length} commands later nothing is open`);
  const stateOf = (item: string) => ready.items.find((one) => one.item === item);
  t.match(stateOf('rollback-tested'), {
    state: 'passed',
    evidence: /by itself; \d+ requests, none lost\); the drill took/,
  });
  t.match(stateOf('energy'), { state: 'not-applicable' });
  t.ok(typed.includes('liquid-lln notify --test') && typed.some((line) => line.includes('--acknowledge')));

  const accepted = await fleet.cli(...deploy);
  t.match(accepted, { exitCode: 0, document: { rollout: { status: 'succeeded', checklist: { forced: null } } } });
  const { rollout } = accepted.document as { rollout: RolloutSummary };
  t.match(await checklist('--phase', 'during'), { exitCode: 0, items: [{ state: 'not-applicable' }, {}, {}] });
  const after = await checklist('--phase', 'post');
  t.equal(after.exitCode, 3, 'there is something left to do');
  t.match(
    after.items.map(({ item, state }) => `${item} ${state}`),
    [
      ...['performance-verified missing', 'baseline-recorded missing', 'thresholds-updated missing'],
      ...['deployment-log passed', 'registry passed', 'report-written missing', /^completion-notified/],
    ],
  );
  const page = join(fleet.folder, 'report.html');
  t.equal((await fleet.cli('report', '--rollout', rollout.rolloutId, '--output', page)).exitCode, 0);
  t.match(readFileSync(page, 'utf8'), /<h2>Checklist<\/h2>[\s\S]*rollback-tested/);
  t.match(
    (await checklist('--phase', 'post')).items.find(({ item }) => item === 'report-written'),
    { state: 'passed' },
  );

  const audit = await fleet.cli('audit', '--limit', '200');
  const entries = (audit.document as { entries: { action: string; reason: string | null; detail: string }[] }).entries;
  t.ok(
    entries.some(
      ({ action, reason: why, detail }) => action === 'deploy' && why === reason && /forced over/.test(detail),
    ),
  );
  const back = await fleet.cli('rollback', '--target', 'production', '--to-previous');
  t.equal(back.exitCode, 0, 'what takes a package back never waits for a checklist');
});
