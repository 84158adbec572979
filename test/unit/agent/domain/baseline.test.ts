import {
  addReading,
  averageReading,
  BaselineLearner,
  type TimedReading,
  thresholdsFor,
} from '@liquid-lln/agent/testing';
import { type Budgets, defaultPolicy, emptySketch, thermalBandOf } from '@liquid-lln/protocol';
import t from 'tap';

const noBudgets: Budgets = {
  latencyMs: null,
  energyMw: null,
  accuracy: null,
  memoryKb: null,
  temperatureMinC: null,
  temperatureMaxC: null,
};

function learned() {
  const learner = new BaselineLearner();
  for (let sample = 0; sample < 100; sample += 1) {
    learner.add(2_000, thermalBandOf(50));
    learner.add(4_000, thermalBandOf(80));
  }
  learner.add(9_000, thermalBandOf(95));
  return learner.learned(50);
}

t.test('a temperature belongs to one band; none and broken ones belong to none', async (t) => {
  t.same([44.9, 45, 59.9, 60, -0.1].map(thermalBandOf), [30, 45, 45, 60, -15]);
  t.same([null, Number.NaN, Number.POSITIVE_INFINITY].map(thermalBandOf), [null, null, null]);
});

t.test('a hot machine is compared with what the package before did on a hot machine', async (t) => {
  const latencyIn = (temperatureC: number | null) =>
    thresholdsFor({ budgets: noBudgets }, defaultPolicy, learned(), thermalBandOf(temperatureC)).latencyUs;
  t.match(latencyIn(50), { value: 2_200, origin: 'baseline', bandC: 45 });
  t.match(latencyIn(80), { value: 4_400, origin: 'baseline', bandC: 75 });
  const overall = { origin: 'baseline', bandC: null };
  t.match(latencyIn(20), overall, 'a band that was never seen');
  t.match(latencyIn(95), overall, 'a band that was seen too seldom');
  t.match(latencyIn(null), overall, 'no sensor');
});

t.test('what a package promises comes before what another one did', async (t) => {
  const { latencyUs } = thresholdsFor({ budgets: { ...noBudgets, latencyMs: 5 } }, defaultPolicy, learned(), 45);
  t.same(latencyUs, { value: 5_000, origin: 'budget', bandC: null });
});

t.test('a sensor that goes through more temperatures than there are learns no more bands than fit', async (t) => {
  const learner = new BaselineLearner();
  for (let bandC = 0; bandC < 1_000; bandC += 1) learner.add(1, bandC);
  t.equal(learner.learned(1)?.bands.length, 16);
});

t.test('B30: a reading that is no number is a bad sample, and never a zero', async (t) => {
  let readings: readonly TimedReading[] = [];
  for (let second = 0; second < 40; second += 1) {
    const value = second % 4 === 0 ? Number.NaN : 120;
    readings = addReading(readings, { value, source: 'hwmon' }, second * 1_000, 60);
  }
  const { figure, batches, bad } = averageReading(readings);
  t.match(figure, { value: 120, source: 'hwmon' });
  t.match({ batches: batches.count, bad }, { batches: 14, bad: 10 });
  t.same(averageReading(addReading([], null, 0, 60)), { figure: null, batches: emptySketch, bad: 0 });
});
