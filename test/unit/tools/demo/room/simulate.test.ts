import { minutesPerDay, type RoomMinute, roomLx, simulateRoom, skyLx } from '@liquid-lln/tools';
import t from 'tap';

const minutesPerWeek = 7 * minutesPerDay;

function week(seed: number): RoomMinute[] {
  const room = simulateRoom(seed);
  return Array.from({ length: minutesPerWeek }, () => room.next().value);
}

t.test('equal seeds give equal weeks, different seeds different ones', async (t) => {
  const [first, second, other] = [week(3), week(3), week(4)].map((minutes) => JSON.stringify(minutes));
  t.ok(first === second);
  t.ok(first !== other);
});

t.test('every reading of a week is one that a room can have', async (t) => {
  for (const seed of [1, 2, 3]) {
    const odd = week(seed).filter(({ sensors: { temperatureC, humidityPct, lightLx, co2Ppm } }) => {
      const isWarm = temperatureC > 15 && temperatureC < 27;
      const isDamp = humidityPct > 15 && humidityPct < 60;
      return !(isWarm && isDamp && lightLx >= 0 && lightLx < 1_000 && co2Ppm > 380 && co2Ppm < 2_000);
    });
    t.same(odd.slice(0, 3), [], `seed ${seed}`);
  }
});

t.test('people come on working days only, and never at night', async (t) => {
  const busy = week(5).filter(({ occupants }) => occupants > 0);
  t.ok(busy.length > 5 * 5 * 60, 'more than five hours a working day');
  t.ok(busy.every(({ minute }) => minute < 5 * minutesPerDay));
  t.ok(busy.every(({ minute }) => minute % minutesPerDay > 6 * 60 && minute % minutesPerDay < 21 * 60));
});

t.test('with people in it the room has more light and more carbon dioxide', async (t) => {
  const mean = (minutes: readonly RoomMinute[], of: (minute: RoomMinute) => number) =>
    minutes.reduce((sum, minute) => sum + of(minute), 0) / minutes.length;
  const minutes = week(6);
  const busy = minutes.filter(({ occupants }) => occupants > 0);
  const vacant = minutes.filter(({ occupants }) => occupants === 0);
  t.ok(mean(busy, ({ sensors }) => sensors.lightLx) > mean(vacant, ({ sensors }) => sensors.lightLx) + 300);
  t.ok(mean(busy, ({ sensors }) => sensors.co2Ppm) > mean(vacant, ({ sensors }) => sensors.co2Ppm) + 100);
});

t.test('the sky is dark at night, brightest at midday, and dimmed by clouds', async (t) => {
  t.equal(skyLx(3 * 60, 0), 0);
  t.equal(skyLx(22 * 60, 0), 0);
  t.ok(skyLx(12.8 * 60, 0) > skyLx(9 * 60, 0));
  t.ok(skyLx(12 * 60, 0.9) < skyLx(12 * 60, 0.1));
  t.ok(roomLx(0, true) > roomLx(skyLx(12 * 60, 0.5), false));
});
