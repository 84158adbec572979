import { measureRounds, probeOf } from '@liquid-lln/tools';
import t from 'tap';

t.test('probes take turns', async (t) => {
  const order: string[] = [];
  const probe = (name: string) => ({ name, measure: () => order.push(name) });
  const figures = await measureRounds([probe('a'), probe('b')], 3);
  t.equal(order.join(''), 'ababab');
  t.same(figures.get('a'), [1, 3, 5]);
  t.same(figures.get('b'), [2, 4, 6]);
});

t.test('time is given per step, of work that waits and of work that does not', async (t) => {
  let steps = 0;
  const spin = (calls: number) => {
    for (let i = 0; i < calls * 1000; i++) steps += i % 3;
  };
  const one = await probeOf({ name: 'one', stepsPerCall: 1, run: spin });
  const many = await probeOf({ name: 'many', stepsPerCall: 1000, run: async (calls) => spin(calls) });
  const [perCall, perStep] = [await one.measure(), await many.measure()];
  t.ok(steps > 0);
  t.ok(perCall > 20 * perStep, `${perCall} ns a call of 1000 steps, ${perStep} ns a step`);
});
