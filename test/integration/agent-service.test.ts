import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { AgentProcess } from '../support/agent/agent-process.js';
import { DatagramReceiver } from '../support/datagram-receiver.js';
import { waitFor } from '../support/wait-for.js';

t.setTimeout(60_000);

const broker = 'mqtt://127.0.0.1:1';

/** Addresses of sockets have room for 107 bytes. */
function shortPath(): string {
  return join(mkdtempSync(join(tmpdir(), 'lln-')), 'notify');
}

/** An agent as systemd starts it: the address of a datagram socket and a time limit in its environment. */
async function startService(path: string, variables: Record<string, string> = {}) {
  const receiver = new DatagramReceiver(path);
  const env = { NOTIFY_SOCKET: path, ...variables };
  const agent = await AgentProcess.start({ broker, env });
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
