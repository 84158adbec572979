import { FleetLedger, silentLogger } from '@liquid-lln/coordinator';
import { MemoryFleetStore } from '@liquid-lln/coordinator/testing';
import { gatewayIdSchema, generationSchema, parseWith } from '@liquid-lln/protocol';
import { ManualClock } from '@liquid-lln/protocol/testing';
import t from 'tap';

const commitMs = 20;

async function breathe(): Promise<void> {
  for (let round = 0; round < 10; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

t.test('work that comes while the disk is slow shares commits, and none waits for ever', async (t) => {
  const store = new MemoryFleetStore();
  const clock = new ManualClock();
  const commits: number[] = [];
  store.beforeCommit = (changes) => {
    commits.push(changes.length);
    clock.advance(commitMs);
  };
  const onFailure = (error: unknown) => t.fail(String(error));
  const ledger = new FleetLedger({ store, clock, logger: silentLogger, onFailure }, await store.load());
  let done = 0;
  const enrol = (number: number) => {
    const gatewayId = parseWith(gatewayIdSchema, `gw-${number}`, 'gateway id');
    const gateway = { gatewayId, secretHash: '', enrolledMs: 1 };
    void ledger
      .change(() => ({ changes: [{ kind: 'put-gateway', gateway }], result: null }))
      .then(() => {
        done += 1;
      });
  };
  enrol(0);
  await breathe();
  t.equal(done, 1, 'the first one waits for nothing');
  for (let number = 1; number <= 10; number += 1) {
    enrol(number);
    await breathe();
  }
  t.equal(commits.length, 1, 'the disk has its rest');
  clock.advance(commitMs * 3);
  await breathe();
  t.same(commits, [1, 10]);
  t.equal(done, 11);
  enrol(11);
  await breathe();
  await ledger.settle();
  t.equal(done, 12, 'whoever ends does not wait');
});

t.test('more work than a commit takes lets messages and timers have their turn before each', async (t) => {
  const store = new MemoryFleetStore();
  const clock = new ManualClock();
  let commits = 0;
  store.beforeCommit = () => {
    commits += 1;
    clock.advance(commitMs);
  };
  const onFailure = (error: unknown) => t.fail(String(error));
  const ledger = new FleetLedger({ store, clock, logger: silentLogger, onFailure }, await store.load());
  const generation = parseWith(generationSchema, 1, 'generation');
  for (let number = 0; number < 1_100; number += 1)
    void ledger.change(() => ({ changes: [{ kind: 'put-generation', generation }], result: null }));
  const seen: number[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    await breathe();
    seen.push(commits);
    clock.advance(0);
  }
  t.same(seen, [1, 2, 2], 'the rest is no full batch, and waits');
  clock.advance(commitMs * 3);
  await breathe();
  t.equal(commits, 3);
});
