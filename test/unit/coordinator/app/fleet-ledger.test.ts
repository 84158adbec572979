import { FleetLedger, silentLogger } from '@liquid-lln/coordinator';
import { MemoryFleetStore } from '@liquid-lln/coordinator/testing';
import { gatewayIdSchema, parseWith } from '@liquid-lln/protocol';
import { ManualClock } from '@liquid-lln/protocol/testing';
import t from 'tap';

const commitMs = 20;

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
  const breathe = async () => {
    for (let round = 0; round < 10; round += 1) await new Promise((resolve) => setImmediate(resolve));
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
