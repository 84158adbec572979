import { ManualClock } from '@liquid-lln/protocol/testing';
import t from 'tap';

t.test('timers fire in the order of their due times', async (t) => {
  const clock = new ManualClock();
  const fired: string[] = [];
  clock.after(30, () => fired.push('late'));
  clock.every(10, () => fired.push(`tick ${clock.monotonicMs()}`));
  clock.after(5, () => clock.after(10, () => fired.push('nested')));
  clock.advance(30);
  t.same(fired, ['tick 10', 'nested', 'tick 20', 'late', 'tick 30']);
});

t.test('a cancelled timer stays silent', async (t) => {
  const clock = new ManualClock();
  clock.after(1, () => t.fail('fired')).cancel();
  clock.advance(10);
  t.equal(clock.monotonicMs(), 10);
});

t.test('the wall clock jumps without the monotonic clock', async (t) => {
  const clock = new ManualClock(1_000);
  clock.jumpWall(-500);
  clock.advance(10);
  t.equal(clock.wallMs(), 510);
  t.equal(clock.monotonicMs(), 10);
});
