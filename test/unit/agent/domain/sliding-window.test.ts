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

t.test('B18: where its seconds hold too few inferences a window reaches back for them, an hour at most', async (t) => {
  const window = new SlidingWindow(120, 0);
  for (let second = 0; second < 7_200; second += 10) window.addInference(good, second * 1_000);
  const span = { seconds: 120, clientInferencesMin: 150 };
  t.match(window.count(span, 7_200_000), { inferences: 150, seconds: 1_500 });
  t.match(window.countErrors({ ...span, clientInferencesMin: 1_000 }, 7_200_000), { inferences: 359, seconds: 3_590 });
  t.match(window.count({ seconds: 120 }, 7_200_000), { inferences: 11, seconds: 120 });
});

t.test('B18: probes are no clients, and their errors are counted apart', async (t) => {
  const window = new SlidingWindow(120, 0);
  for (let second = 0; second < 600; second += 1) {
    window.addInference({ ...good, isProbe: true, isError: second % 2 === 0 }, second * 1_000);
    if (second < 10) window.addInference({ ...good, isError: true }, second * 1_000);
  }
  const counts = window.countErrors({ seconds: 60, clientInferencesMin: 10 }, 600_000);
  t.match(counts, { inferences: 610, probes: 600, errors: 310, probeErrors: 300 });
});

t.test('a busy window forgets what nobody can ask for any more', async (t) => {
  const window = new SlidingWindow(120, 0);
  for (let second = 0; second < 1_000; second += 1) {
    for (let request = 0; request < 100; request += 1) window.addInference(good, second * 1_000);
  }
  t.equal(window.count({ seconds: 120 }, 1_000_000).inferences, 11_900, 'the newest second has not begun');
  t.ok(window.count({ seconds: 1_000 }, 1_000_000).inferences < 13_000);
});

t.test('B30: a monotonic clock that stands still, or is behind by a reading, breaks nothing', async (t) => {
  const window = new SlidingWindow(60, 5_000);
  window.addInference(good, 9_000);
  window.addInference(good, 8_500);
  window.addInference(good, 9_000);
  t.match(window.count({ seconds: 60 }, 9_000), { inferences: 3, seconds: 4 });
});
