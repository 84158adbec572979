import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LinuxSensors, type LinuxSensorsInit } from '@liquid-lln/agent';
import { MemoryLogger } from '@liquid-lln/agent/testing';
import { ManualClock } from '@liquid-lln/protocol/testing';
import t, { type Test } from 'tap';
import { waitFor } from '../support/wait-for.js';

/** Sensors over a copy of the shape of /sys, with a clock to turn and a way to change files. */
function openSensors(t: Test, energy: LinuxSensorsInit['energy'], files: Readonly<Record<string, string>>) {
  const sysfsRoot = mkdtempSync(join(tmpdir(), 'lln-sysfs-'));
  t.teardown(() => rmSync(sysfsRoot, { recursive: true }));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(sysfsRoot, path)), { recursive: true });
    writeFileSync(join(sysfsRoot, path), text);
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  const clock = new ManualClock();
  return { sensors: new LinuxSensors({ clock, logger: new MemoryLogger() }, { sysfsRoot, energy }), clock, write };
}

t.test('a machine without sensors reads as null, never as a guess', async (t) => {
  const { sensors } = openSensors(t, 'hwmon', {});
  const { energyMw, temperatureC } = sensors.read();
  t.equal(energyMw, null);
  t.equal(temperatureC, null);
});

t.test('temperature and power carry their sources', async (t) => {
  const { sensors } = openSensors(t, 'hwmon', {
    'class/thermal/thermal_zone0/temp': '41250\n',
    'class/hwmon/hwmon1/power1_input': '2500000\n',
  });
  const { energyMw, temperatureC } = sensors.read();
  t.same(temperatureC, { value: 41.25, source: 'thermal-zone' });
  t.same(energyMw, { value: 2_500, source: 'hwmon' }, 'microwatts become milliwatts');
});

t.test('an energy counter gives the power between two readings, over its end too', async (t) => {
  const folder = 'class/powercap/intel-rapl:0';
  const { sensors, clock, write } = openSensors(t, 'rapl', {
    [`${folder}/energy_uj`]: '9000000',
    [`${folder}/max_energy_range_uj`]: '10000000',
  });
  t.equal(sensors.read().energyMw, null, 'one reading says nothing');
  clock.advance(1_000);
  write(`${folder}/energy_uj`, '500000');
  t.same(sensors.read().energyMw, { value: 1_500, source: 'rapl' }, '1.5 J in a second');
  write(`${folder}/energy_uj`, 'broken');
  t.equal(sensors.read().energyMw, null, 'a reading that is no number is none');
});

t.test('memory and load come from the machine itself', async (t) => {
  const { sensors } = openSensors(t, 'none', {});
  await waitFor('a sample of the memory', () => sensors.read().memoryRatio !== null);
  const { memoryRatio, system } = sensors.read();
  t.ok(memoryRatio !== null && memoryRatio > 0 && memoryRatio < 1, `${memoryRatio}`);
  t.ok((system.memoryTotalBytes ?? 0) > (system.memoryUsedBytes ?? Number.POSITIVE_INFINITY));
  t.ok(system.agentRssBytes > 0);
});
