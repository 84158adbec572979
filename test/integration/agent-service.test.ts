import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { AgentProcess, type AgentProcessOptions } from '../support/agent/agent-process.js';
import { deployOf, desired } from '../support/agent/documents.js';
import { signedPackage } from '../support/agent/signed-package.js';
import { StandInFleet } from '../support/agent/stand-in-fleet.js';
import { DatagramReceiver } from '../support/datagram-receiver.js';
import { waitFor } from '../support/wait-for.js';

t.setTimeout(60_000);

const broker = 'mqtt://127.0.0.1:1';

/** Addresses of sockets have room for 107 bytes. */
function shortPath(): string {
  return join(mkdtempSync(join(tmpdir(), 'lln-')), 'notify');
}

/** An agent as systemd starts it: the address of a datagram socket and a time limit in its environment. */
async function startService(
  path: string,
  variables: Record<string, string> = {},
  options: Partial<AgentProcessOptions> = {},
) {
  const receiver = new DatagramReceiver(path);
  const env = { NOTIFY_SOCKET: path, ...variables };
  const agent = await AgentProcess.start({ broker, env, ...options });
  const told: string[] = [];
  const hear = (wanted: RegExp) =>
    waitFor(`the agent to say ${wanted}`, () => {
      told.push(...receiver.read());
      return told.some((text) => wanted.test(text));
    });
  return { agent, receiver, told, hear };
}

t.test('a service says when it is ready, that it lives, and that it stops', async (t) => {
  const service = await startService(shortPath(), { WATCHDOG_USEC: '300000' });
  t.teardown(() => service.receiver.close());
  await service.hear(/^READY=1\nSTATUS=no package at http:/);
  await service.hear(/^WATCHDOG=1\nSTATUS=no package at http:/);
  t.equal(await service.agent.stop(), 0);
  await service.hear(/^STOPPING=1$/);
});

t.test('a board that never answers keeps nobody from feeding the watchdog of a gateway that works', async (t) => {
  const fleet = await StandInFleet.start();
  const path = shortPath();
  const line = createServer().listen(`${path}.board`); // takes what comes, and says nothing
  const tiny = signedPackage();
  await fleet.offerPackage(tiny);
  const boards = [{ name: 'dead', socket: `${path}.board` }];
  const service = await startService(path, { WATCHDOG_USEC: '300000' }, { broker: fleet.url, config: { boards } });
  t.teardown(async () => {
    await service.agent.stop('SIGKILL');
    service.receiver.close();
    line.close();
    await fleet.stop();
  });
  await fleet.setDesired('gw-1', desired(1, deployOf(tiny.reference)));
  await service.hear(/^WATCHDOG=1\nSTATUS=tiny@1\.0\.0 at http:/);
  const isSilent = async () => (await service.agent.get('/health?device=gw-1.dead')).body['status'] === 'unreachable';
  await waitFor('the board to be given up', isSilent);
  service.told.length = 0;
  await waitFor('ten further signs of life', () => {
    service.told.push(...service.receiver.read());
    return service.told.length >= 10;
  });
  t.same([...new Set(service.told)], [`WATCHDOG=1\nSTATUS=tiny@1.0.0 at ${service.agent.url}`]);
  t.notMatch(service.agent.output, /watchdog is not fed/);
});

t.test('an abstract address does as well as a path', async (t) => {
  const service = await startService(`@liquid-lln-test-${process.pid}`);
  t.teardown(() => service.receiver.close());
  await service.hear(/^READY=1\n/);
  t.equal(await service.agent.stop(), 0);
  t.notOk(
    service.told.some((text) => text.includes('WATCHDOG')),
    'nobody waits for a sign of life',
  );
});

t.test('a time limit that is meant for another process is not ours', async (t) => {
  const variables = { WATCHDOG_USEC: '300000', WATCHDOG_PID: '1' };
  const service = await startService(shortPath(), variables);
  t.teardown(() => service.receiver.close());
  await service.hear(/^READY=1\n/);
  await service.agent.stop();
  await service.hear(/^STOPPING=1$/);
  t.notOk(service.told.some((text) => text.includes('WATCHDOG')));
});

t.test('under the journal every line begins with its priority', async (t) => {
  const agent = await AgentProcess.start({ broker, env: { JOURNAL_STREAM: '8:1' } });
  await agent.stop();
  const lines = agent.output.trim().split('\n');
  t.ok(lines.length >= 2);
  for (const line of lines) t.match(line, /^<[3467]>\{"level":\d+,/);
  t.match(
    lines.find((line) => line.includes('"msg":"ready"')),
    /^<6>/,
  );
});

t.test('a socket that nobody listens on is said in the log, and the agent serves all the same', async (t) => {
  const agent = await AgentProcess.start({ broker, env: { NOTIFY_SOCKET: shortPath() } });
  await waitFor('the warning', () => /took no datagram: ENOENT/.test(agent.output));
  t.equal((await agent.get('/health')).status, 503, 'it answers');
  t.equal(await agent.stop(), 0);
});

t.test('an address that is none is refused before anything starts', async (t) => {
  await t.rejects(AgentProcess.start({ broker, env: { NOTIFY_SOCKET: 'vsock:2:1' } }), /no address of a unix socket/);
});
