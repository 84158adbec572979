import { type Air, type Loads, relativeHumidityPct, stepAir } from '@liquid-lln/tools';
import t from 'tap';

const start: Air = { temperatureC: 20, co2Ppm: 600, humidityRatio: 0.005 };
const nobody: Loads = { occupants: 0, areLampsOn: false, skyLx: 0, outsideC: 5, setPointC: 0 };

function after(hours: number, loads: Partial<Loads>): Air {
  let air = start;
  for (let minute = 0; minute < hours * 60; minute += 1) air = stepAir(air, { ...nobody, ...loads }, 60);
  return air;
}

t.test('carbon dioxide rises with people, the more of them the more, and falls without', async (t) => {
  const [none, one, two] = [0, 1, 2].map((occupants) => after(2, { occupants }).co2Ppm);
  t.ok(none !== undefined && one !== undefined && two !== undefined && none < start.co2Ppm && one > none && two > one);
});

t.test('carbon dioxide ends where production and ventilation balance', async (t) => {
  // One person: 0.0052 L/s into 70 m3 that change 0.7 times an hour, over 420 ppm.
  const balancePpm = 420 + (0.0052 * 1e6) / (70_000 * (0.7 / 3600));
  t.ok(Math.abs(after(48, { occupants: 1 }).co2Ppm - balancePpm) < 0.5);
});

t.test('people and lamps warm the room; without heating it follows the weather', async (t) => {
  t.ok(after(3, { occupants: 2 }).temperatureC > after(3, {}).temperatureC);
  t.ok(after(3, { areLampsOn: true }).temperatureC > after(3, {}).temperatureC);
  t.ok(Math.abs(after(24 * 14, {}).temperatureC - 5) < 0.1);
});

t.test('the heating holds its set point against the cold', async (t) => {
  const { temperatureC } = after(24, { setPointC: 21 });
  t.ok(temperatureC > 20 && temperatureC < 21, `${temperatureC} degC`);
});

t.test('humidity rises with people and falls with warmth', async (t) => {
  t.ok(after(2, { occupants: 2 }).humidityRatio > after(2, {}).humidityRatio);
  t.ok(relativeHumidityPct(start) > relativeHumidityPct({ ...start, temperatureC: 25 }));
  t.equal(relativeHumidityPct({ ...start, humidityRatio: 0.05 }), 100);
});

t.test('sixty steps of a minute are one step of an hour, where nothing switches', async (t) => {
  const once = stepAir(start, { ...nobody, occupants: 2 }, 3600);
  const often = after(1, { occupants: 2 });
  for (const key of ['temperatureC', 'co2Ppm', 'humidityRatio'] as const) {
    t.ok(Math.abs(once[key] - often[key]) < 1e-9 * Math.abs(once[key]), key);
  }
});
