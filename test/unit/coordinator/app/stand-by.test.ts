import {
  beatMs,
  type ForeignLock,
  type HeldLock,
  type LeaderLock,
  leaseMs,
  silentLogger,
  standBy,
} from '@liquid-lln/coordinator';
import { LlnError } from '@liquid-lln/protocol';
import { ManualClock } from '@liquid-lln/protocol/testing';
import t from 'tap';

const held: HeldLock = { beat: async () => undefined, release: async () => undefined };

/** A leader whose signs of life a test gives. */
class Leader implements LeaderLock {
  isThere = true;
  mayBeEnded = true;
  beats = 0;
  ended = 0;

  async tryTake(): Promise<{ held: HeldLock } | { foreign: ForeignLock }> {
    if (!this.isThere) return { held };
    return { foreign: { pid: 7, sign: String(this.beats), end: () => this.#end() } };
  }

  async #end(): Promise<void> {
    this.ended += 1;
    if (!this.mayBeEnded) throw new LlnError('PERMISSION_DENIED', 'it is not ours');
    this.isThere = false;
  }
}

async function pass(clock: ManualClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    clock.advance(500);
    for (let round = 0; round < 5; round += 1) await new Promise((resolve) => setImmediate(resolve));
  }
}

function watch(leader: Leader, clock: ManualClock): { leads: boolean } {
  const result = { leads: false };
  void standBy({ lock: leader, clock, logger: silentLogger }).then(() => {
    result.leads = true;
  });
  return result;
}

t.test(
  'B3: who stands by waits as long as the leader gives signs of life, and follows it when it is gone',
  async (t) => {
    const leader = new Leader();
    const clock = new ManualClock();
    const standby = watch(leader, clock);
    for (let beat = 0; beat < 20; beat += 1) {
      leader.beats += 1;
      await pass(clock, beatMs);
    }
    t.equal(standby.leads, false);
    t.equal(leader.ended, 0);
    leader.isThere = false;
    await pass(clock, 1_000);
    t.equal(standby.leads, true);
  },
);

t.test('B3: a leader without signs of life is ended when its lease is over, and not before', async (t) => {
  const leader = new Leader();
  const clock = new ManualClock();
  const standby = watch(leader, clock);
  await pass(clock, leaseMs - 1_000);
  t.equal(leader.ended, 0);
  await pass(clock, 2_000);
  t.equal(leader.ended, 1);
  t.equal(standby.leads, true);
});

t.test('a leader that may not be ended is not led beside; it is tried again a lease later', async (t) => {
  const leader = new Leader();
  leader.mayBeEnded = false;
  const clock = new ManualClock();
  const standby = watch(leader, clock);
  await pass(clock, leaseMs * 2 + 4_000);
  t.equal(leader.ended, 2);
  t.equal(standby.leads, false);
  leader.isThere = false;
  await pass(clock, 1_000);
  t.equal(standby.leads, true);
});
