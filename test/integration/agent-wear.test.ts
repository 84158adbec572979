import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DurableStorage } from '@liquid-lln/agent';
import t from 'tap';
import { deployOf, desired } from '../support/agent/documents.js';
import { type SignedPackage, signedPackage } from '../support/agent/signed-package.js';
import { VirtualAgent } from '../support/agent/virtual-agent.js';
import { watchStorage } from '../support/agent/watched-storage.js';

const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'lln-wear-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

t.test('B45: a deployment writes less than three times its package, and says how much', async (t) => {
  const { storage, idle } = watchStorage(new DurableStorage(folder));
  const agent = await VirtualAgent.start(undefined, { storage });

  const deploy = async (wanted: SignedPackage, generation: number) => {
    agent.offer(wanted);
    await agent.setDesired(desired(generation, deployOf(wanted.reference)));
    for (let second = 0; second < 200 && agent.report?.outcome?.generation !== generation; second += 1) {
      await agent.pass(1, () => agent.infer(20));
      await idle();
    }
    t.match(agent.report?.outcome, { generation, result: 'confirmed' });
    await agent.acknowledge(agent.events.at(-1)?.sequence ?? 0);
  };

  // The size of the smallest of the example networks.
  const wanted = ['1.0.0', '2.0.0', '3.0.0'].map((version, index) =>
    signedPackage({ version, units: 20, weight: 0.1 * (index + 1) }),
  );
  for (const [index, one] of wanted.entries()) {
    const before = storage.bytesWritten;
    await deploy(one, index + 1);
    const written = storage.bytesWritten - before;
    t.ok(written < 3 * one.file.length, `${written} bytes for a package of ${one.file.length}`);
    const { bytesWritten = 0 } = agent.eventsOf('staged').at(-1) ?? {};
    t.ok(bytesWritten >= one.file.length && bytesWritten <= written, `the event says ${bytesWritten}`);
  }
  const slots = ['blue', 'green'].map((slot) => statSync(join(folder, 'slots', `${slot}.liquid`)).size);
  t.same(slots, [wanted[2]?.file.length, wanted[1]?.file.length], 'what was before the last two is gone');
});
