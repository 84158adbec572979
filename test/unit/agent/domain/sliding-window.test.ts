import { SlidingWindow } from '@liquid-lln/agent/testing';
import t from 'tap';

const good = { latencyUs: 100, isError: false, isProbe: false };

t.test('samples leave the window when their time has passed', async (t) => {
  const window = new SlidingWindow(120, 0);
  for (let second = 0; second < 100; second += 1) window.addInference(good, second * 1_000);
  t.equal(window.count({ seconds: 10 }, 99_500).inferences, 10);
  t.equal(window.count({ seconds: 120 }, 99_500).inferences, 100);
  t.equal(window.count({ seconds: 10 }, 500_000).inferences, 0);
});

t.test('a window that has not lasted long says how long it has lasted', async (t) => {
  const window = new SlidingWindow(120, 1_000);
  t.equal(window.count({ seconds: 120 }, 31_000).seconds, 30);
  t.equal(window.count({ seconds: 120 }, 500_000).seconds, 120);
});

t.test('what is not a finite number is a bad sample, never a zero', async (t) => {
  const window = new SlidingWindow(60, 0);
  for (const latencyUs of [Number.NaN, Number.POSITIVE_INFINITY, -1, null])
    window.addInference({ ...good, latencyUs, isError: latencyUs === null }, 0);
  const { errors, latencyUs } = window.count({ seconds: 60 }, 500);
  t.equal(errors, 4);
  t.equal(latencyUs.count, 0);
});

t.test('probes and rejected requests are counted apart', async (t) => {
  const window = new SlidingWindow(60, 0);
  window.addInference({ ...good, isProbe: true }, 0);
  window.addInference(good, 0);
  window.addRejected(0);
  t.match(window.count({ seconds: 60 }, 500), { inferences: 2, probes: 1, rejected: 1, errors: 0 });
});

t.test('a window of thirty days takes no more buckets than one of an hour', async (t) => {
  const days = 30 * 24 * 3600;
  const window = new SlidingWindow(days, 0);
  for (let second = 0; second < days; second += 60) window.addInference(good, second * 1_000);
  const { inferences } = window.count({ seconds: days }, days * 1_000);
  t.ok(inferences > 0.99 * (days / 60), `${inferences} of ${days / 60}`);
});
