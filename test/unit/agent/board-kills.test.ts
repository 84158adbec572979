import type { DeviceId, Digest } from '@liquid-lln/protocol';
import t from 'tap';
import { deployOf } from '../../support/agent/documents.js';
import { freezeWrites } from '../../support/agent/frozen-storage.js';
import { misbehavingPackage, type SignedPackage, signedPackage } from '../../support/agent/signed-package.js';
import { VirtualGateway } from '../../support/agent/virtual-gateway.js';

const board = 'gw-1.a' as DeviceId;
const first = signedPackage();
const second = signedPackage({ version: '2.0.0', weight: 0.6 });
const bad = misbehavingPackage();
t.setTimeout(600_000);

async function confirmedBoard(): Promise<VirtualGateway> {
  const gateway = await VirtualGateway.start(['a']);
  for (const offered of [first, second, bad]) gateway.agent.offer(offered);
  await gateway.until('the board to be there', () => gateway.agent.isOnline(board));
  await gateway.instruct([board], 1, deployOf(first.reference));
  await gateway.untilOutcome(board, 1, 'confirmed');
  await gateway.pass(1);
  return gateway;
}

/** Ends the agent at one of its writes while it deploys, starts it again, and says what is wrong after a while. */
async function killAndRecover(deployed: SignedPackage, killAt: number, isAfter: boolean): Promise<string | null> {
  const gateway = await confirmedBoard();
  const { storage } = gateway.agent;
  const freeze = freezeWrites(storage, (_path, index) => index >= killAt, isAfter);
  await gateway.instruct([board], 2, deployOf(deployed.reference));
  await gateway.until('the write to kill at', () => freeze.writes.length > killAt, 60);
  freeze.end();
  await gateway.boot();
  await gateway.until('the board to be there', () => gateway.agent.isOnline(board));
  await gateway.pass(20);
  return findFault(gateway, [first.reference.digest, second.reference.digest]);
}

async function findFault(gateway: VirtualGateway, allowed: readonly Digest[]): Promise<string | null> {
  const model = gateway.agent.agent.model(board);
  if (model === null || !allowed.includes(model.digest)) return `${model?.name} serves`;
  if (model.state !== 'confirmed') return `what serves is ${model.state}`;
  if (gateway.board().mock.slots.isTrial) return 'the board is in a trial of its own';
  const asking = gateway.agent.agent.infer({ input: [0.5] }, board).catch((error: unknown) => String(error));
  await gateway.pass(1);
  const answer = await asking;
  if (typeof answer === 'string') return answer;
  // What the board would run without the agent is what the agent runs on it.
  const { live } = gateway.board().mock.slots;
  const bytes = live === null ? null : gateway.board().mock.slots.slot(live)?.bytes;
  const wanted = model.digest === first.reference.digest ? first : second;
  const isSame = bytes !== undefined && bytes !== null && Buffer.from(wanted.file).includes(Buffer.from(bytes));
  return isSame ? null : 'the board has another network live than the agent';
}

async function countWrites(deployed: SignedPackage, result: string): Promise<number> {
  const gateway = await confirmedBoard();
  const { writes } = freezeWrites(gateway.agent.storage, () => false);
  await gateway.instruct([board], 2, deployOf(deployed.reference));
  await gateway.untilOutcome(board, 2, result);
  await gateway.pass(2);
  return writes.length;
}

for (const { name, deployed, result } of [
  { name: 'a deployment', deployed: second, result: 'confirmed' },
  { name: 'a return', deployed: bad, result: 'reverted' },
]) {
  t.test(`${name} that a kill cuts short at any write leaves agent and board with one confirmed package`, async (t) => {
    const total = await countWrites(deployed, result);
    t.ok(total > 8, `${total} places to kill at`);
    const faults: string[] = [];
    for (let killAt = 0; killAt < total; killAt += 1) {
      for (const isAfter of [false, true]) {
        const fault = await killAndRecover(deployed, killAt, isAfter);
        if (fault !== null) faults.push(`${isAfter ? 'after' : 'before'} write ${killAt}: ${fault}`);
      }
    }
    t.same(faults, []);
  });
}
