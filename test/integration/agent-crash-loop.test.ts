import { rmSync } from 'node:fs';
import t from 'tap';
import { AgentProcess } from '../support/agent/agent-process.js';
import { deployOf, desired } from '../support/agent/documents.js';
import { signedPackage } from '../support/agent/signed-package.js';
import { StandInFleet } from '../support/agent/stand-in-fleet.js';
import { waitFor } from '../support/wait-for.js';

const first = signedPackage();
const second = signedPackage({ version: '2.0.0', weight: 0.6 });

async function servedBy(agent: AgentProcess): Promise<unknown> {
  return (await agent.get('/model')).body['version'];
}

t.test('B24: an agent that dies three times with a package serves the one before, with nobody to ask', async (t) => {
  const fleet = await StandInFleet.start();
  t.teardown(() => fleet.stop());
  let agent = await AgentProcess.start({ broker: fleet.url });
  t.teardown(async () => {
    await agent.stop();
    rmSync(agent.folder, { recursive: true });
  });
  for (const [index, wanted] of [first, second].entries()) {
    await fleet.offerPackage(wanted);
    await fleet.setDesired('gw-1', desired(index + 1, deployOf(wanted.reference)));
    await waitFor('it is confirmed', () => fleet.reports.some(({ outcome }) => outcome?.generation === index + 1), {
      timeoutMs: 20_000,
    });
  }
  const start = () => AgentProcess.start({ broker: 'mqtt://127.0.0.1:1', folder: agent.folder });

  await agent.stop('SIGTERM');
  agent = await start();
  for (const expected of ['2.0.0', '2.0.0', '1.0.0']) {
    await agent.stop('SIGSEGV');
    agent = await start();
    t.equal(await servedBy(agent), expected);
  }
  t.equal((await agent.infer({ input: [0.5] })).status, 200);
});

t.test('B25: an agent that cannot have its port has not crashed', async (t) => {
  const holder = await AgentProcess.start({ broker: 'mqtt://127.0.0.1:1', gatewayId: 'holder' });
  const port = Number(new URL(holder.url).port);
  t.teardown(async () => {
    await holder.stop();
    rmSync(holder.folder, { recursive: true });
  });
  const first = await AgentProcess.start({ broker: 'mqtt://127.0.0.1:1' });
  await first.stop();
  t.teardown(() => rmSync(first.folder, { recursive: true }));
  const options = { broker: 'mqtt://127.0.0.1:1', folder: first.folder };
  await t.rejects(AgentProcess.start({ ...options, config: { http: { port } } }), { message: /EADDRINUSE/u });
  const last = await AgentProcess.start(options);
  t.notMatch(last.output, /crash/u);
  await last.stop();
});
