import { chooseThermometer, type Thermometer } from '@liquid-lln/agent/testing';
import t from 'tap';

function at(name: string, celsius: number): Thermometer {
  return { name, celsius, source: 'thermal-zone' };
}

t.test("the processor's hottest thermometer counts, not a disk's or a radio's", async (t) => {
  const all = [at('nvme Composite', 70), at('cpu-thermal', 50), at('coretemp Core 1', 55), at('iwlwifi_1', 80)];
  t.match(chooseThermometer(all, null), { name: 'coretemp Core 1' });
});

t.test('without a name that says so the hottest of all counts', async (t) => {
  t.match(chooseThermometer([at('zone-a', 20), at('zone-b', 30)], null), { name: 'zone-b' });
  t.equal(chooseThermometer([], null), null);
});

t.test('the one that the configuration names counts alone', async (t) => {
  const all = [at('cpu-thermal', 50), at('enclosure', 30)];
  t.match(chooseThermometer(all, 'enclosure'), { celsius: 30 });
  t.equal(chooseThermometer(all, 'missing'), null, 'and nothing stands in for it');
});

t.test('a sensor that is not connected does not count', async (t) => {
  t.match(chooseThermometer([at('cpu a', 40), at('cpu b', 255), at('cpu c', -273.1)], null), { name: 'cpu a' });
});
