import t from 'tap';
import { deployOf, desired } from '../../support/agent/documents.js';
import { type SignedPackage, signedPackage } from '../../support/agent/signed-package.js';
import { VirtualAgent } from '../../support/agent/virtual-agent.js';

// A crash is an end that the agent did not come to by itself, in one boot of the machine. An agent in virtual time that
// is simply left behind has crashed, if the next one is told the same boot of the machine.

const first = signedPackage();
const second = signedPackage({ version: '2.0.0', weight: 0.6 });

/** The agent, started again after a crash. */
function restart(before: VirtualAgent): Promise<VirtualAgent> {
  return VirtualAgent.start(before, {}, true, before.machineBootId);
}

async function confirm(agent: VirtualAgent, wanted: SignedPackage, generation: number): Promise<void> {
  agent.offer(wanted);
  await agent.setDesired(desired(generation, deployOf(wanted.reference)));
  await agent.pass(5, () => agent.infer(20));
  if (agent.report?.outcome?.result !== 'confirmed') throw new Error(`generation ${generation} was not confirmed`);
}

async function startWithTwo(): Promise<VirtualAgent> {
  const agent = await VirtualAgent.start();
  await confirm(agent, first, 1);
  await confirm(agent, second, 2);
  return agent;
}

function served(agent: VirtualAgent): string | null {
  return agent.agent.model()?.version ?? null;
}

t.test('B24: three starts without a healthy minute lead back to the package before', async (t) => {
  let agent = await startWithTwo();
  for (const expected of ['2.0.0', '2.0.0', '1.0.0']) {
    agent = await restart(agent);
    await agent.pass(59);
    t.equal(served(agent), expected);
  }
  t.match(agent.eventsOf('reverted'), [
    { package: { version: '2.0.0' }, to: { version: '1.0.0' }, cause: 'crash', detail: /crashed 3 times in a row/u },
  ]);
  t.equal(await agent.infer(3), 3);
  await agent.setDesired(desired(3, deployOf(second.reference)));
  await agent.pass(5);
  t.match(agent.report?.outcome, { result: 'refused', code: 'PACKAGE_QUARANTINED' });
});

t.test('B24: where no package lets the agent live, it serves none and can still be told what to do', async (t) => {
  let agent = await startWithTwo();
  for (let start = 0; start < 6; start += 1) agent = await restart(agent);
  t.equal(served(agent), null);
  t.match(agent.eventsOf('crash-loop'), [{ detail: /1\.0\.0: the agent crashed 3 times in a row/u }]);
  const third = signedPackage({ version: '3.0.0', weight: 0.4 });
  await confirm(agent, third, 3);
  t.equal(served(agent), '3.0.0');
});

t.test('B24: a minute of running ends the count', async (t) => {
  let agent = await startWithTwo();
  for (let round = 0; round < 4; round += 1) {
    agent = await restart(agent);
    agent = await restart(agent);
    await agent.pass(61);
  }
  t.equal(served(agent), '2.0.0');
  t.same(agent.eventsOf('reverted'), []);
});

t.test('B25: restarts by an operator and power cuts are no crashes', async (t) => {
  let agent = await startWithTwo();
  for (let start = 0; start < 5; start += 1) {
    await agent.agent.stop();
    agent = await restart(agent);
  }
  t.equal(served(agent), '2.0.0', 'stopped and started again');
  for (let start = 0; start < 5; start += 1) agent = await VirtualAgent.start(agent);
  t.equal(served(agent), '2.0.0', 'the machine lost its power again and again');
  t.same(agent.eventsOf('reverted'), []);
});

t.test('B25: crashes before and after a power cut are counted together', async (t) => {
  let agent = await startWithTwo();
  agent = await restart(agent);
  agent = await restart(agent);
  agent = await VirtualAgent.start(agent);
  t.equal(served(agent), '2.0.0');
  agent = await restart(agent);
  t.equal(served(agent), '1.0.0');
});

t.test('a trial that a crash ends is quarantined; one that a restart or a power cut ends is not', async (t) => {
  const ends = {
    crash: restart,
    restart: async (agent: VirtualAgent) => {
      await agent.agent.stop();
      return restart(agent);
    },
    powerCut: (agent: VirtualAgent) => VirtualAgent.start(agent),
  };
  for (const [end, startAfter] of Object.entries(ends)) {
    let agent = await VirtualAgent.start();
    await confirm(agent, first, 1);
    agent.offer(second);
    await agent.setDesired(desired(2, deployOf(second.reference, { soakSeconds: 20, trialSecondsMax: 60 })));
    await agent.pass(3);
    t.equal(served(agent), '2.0.0');
    agent = await startAfter(agent);
    await agent.pass(2);
    t.equal(served(agent), '1.0.0', end);
    t.match(agent.eventsOf('reverted'), [{ cause: end === 'crash' ? 'crash' : 'restart' }], end);
    await agent.setDesired(desired(3, deployOf(second.reference)));
    await agent.pass(5, () => agent.infer(20));
    const code = agent.report?.outcome?.code;
    t.equal(code, end === 'crash' ? 'PACKAGE_QUARANTINED' : '', end);
  }
});
