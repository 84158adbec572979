import { MemoryLogger, type ProvableEngine, type ServiceState, startWatchdog } from '@liquid-lln/agent/testing';
import { LlnError } from '@liquid-lln/protocol';
import { ManualClock } from '@liquid-lln/protocol/testing';
import t from 'tap';

interface Bench {
  readonly clock: ManualClock;
  readonly logger: MemoryLogger;
  readonly told: ServiceState[];
}

function watch(engine: ProvableEngine, watchdogTimeoutMs: number | null = 30_000): Bench {
  const clock = new ManualClock();
  const logger = new MemoryLogger();
  const told: ServiceState[] = [];
  const manager = { watchdogTimeoutMs, notify: (state: ServiceState) => void told.push(state) };
  startWatchdog({ manager, engine, clock, logger, describe: () => 'a@1.0.0' });
  return { clock, logger, told };
}

t.test('an idle device proves at every beat that it still computes', async (t) => {
  let proofs = 0;
  const engine = { vitals: { openModels: 1, computedMs: null }, prove: () => void proofs++ };
  const { clock, told } = watch(engine);
  clock.advance(30_000);
  t.equal(proofs, 3);
  t.same(told, Array(3).fill({ WATCHDOG: '1', STATUS: 'a@1.0.0' }));
});

t.test('a busy one has proved it already', async (t) => {
  const clockOf: { now: () => number } = { now: () => 0 };
  const engine: ProvableEngine = {
    get vitals() {
      return { openModels: 1, computedMs: clockOf.now() - 1 };
    },
    prove: () => t.fail('it was busy'),
  };
  const { clock, told } = watch(engine);
  clockOf.now = () => clock.monotonicMs();
  clock.advance(10_000);
  t.equal(told.length, 1);
});

t.test('one whose arithmetic is wrong starves, and is fed again when it is right', async (t) => {
  let isRight = false;
  const prove = () => {
    if (!isRight) throw new LlnError('GOLDEN_VECTORS_FAILED', 'golden vector 0: output 0 has other bits');
  };
  const { clock, logger, told } = watch({ vitals: { openModels: 1, computedMs: null }, prove });
  clock.advance(30_000);
  t.same(told, []);
  t.match(logger.lines, [{ message: 'the watchdog is not fed' }]);
  isRight = true;
  clock.advance(10_000);
  t.equal(told.length, 1);
});

t.test('where nobody waits for a sign of life, none is given', async (t) => {
  const { clock, told } = watch({ vitals: { openModels: 0, computedMs: null }, prove: () => undefined }, null);
  clock.advance(1e6);
  t.same(told, []);
});
