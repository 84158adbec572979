import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LinuxSensors, type LinuxSensorsInit } from '@liquid-lln/agent';
import { MemoryLogger } from '@liquid-lln/agent/testing';
import { ManualClock } from '@liquid-lln/protocol/testing';
import t, { type Test } from 'tap';
import { waitFor } from '../support/wait-for.js';

/** Sensors over copies of the shapes of /sys and /proc, with a clock to turn and a way to change files. */
function openSensors(t: Test, init: Partial<LinuxSensorsInit>, files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), 'lln-machine-'));
  t.teardown(() => rmSync(root, { recursive: true }));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  const clock = new ManualClock();
  const kernel = { busyUs: 0 };
  const components = { clock, logger: new MemoryLogger(), busyUs: () => kernel.busyUs };
  const roots = { sysfsRoot: join(root, 'sys'), procRoot: join(root, 'proc') };
  const nothing = {
    energy: 'none',
    energyChip: null,
    energyModel: null,
    energyUncertainty: null,
    thermometer: null,
  } as const;
  return { sensors: new LinuxSensors(components, { ...nothing, ...roots, ...init }), clock, write, kernel };
}

t.test('a machine without sensors reads as null, never as a guess', async (t) => {
  for (const energy of ['hwmon', 'rapl'] as const) {
    const { energyMw, temperatureC } = openSensors(t, { energy }, {}).sensors.read();
    t.equal(energyMw, null);
    t.equal(temperatureC, null);
  }
});

t.test('the temperature is that of the processor, and says where it comes from', async (t) => {
  const files = {
    'sys/class/thermal/thermal_zone0/type': 'wifi_phy\n',
    'sys/class/thermal/thermal_zone0/temp': '66000\n',
    'sys/class/thermal/thermal_zone1/type': 'cpu-thermal\n',
    'sys/class/thermal/thermal_zone1/temp': '41250\n',
    'sys/class/hwmon/hwmon0/name': 'nvme\n',
    'sys/class/hwmon/hwmon0/temp1_input': '58000\n',
    'sys/class/hwmon/hwmon0/temp1_label': 'Composite\n',
  };
  const { sensors } = openSensors(t, {}, files);
  t.same(sensors.read().temperatureC, { value: 41.25, source: 'thermal-zone' });
  const named = openSensors(t, { thermometer: 'nvme Composite' }, files);
  t.same(named.sensors.read().temperatureC, { value: 58, source: 'hwmon' });
});

t.test('power comes from the INA2xx, or from the chip that is named, with its uncertainty', async (t) => {
  const files = {
    'sys/class/hwmon/hwmon1/name': 'some_pmic\n',
    'sys/class/hwmon/hwmon1/power1_input': '9000000\n',
    'sys/class/hwmon/hwmon10/name': 'ina226\n',
    'sys/class/hwmon/hwmon10/power1_input': '2500000\n',
  };
  const first = openSensors(t, { energy: 'hwmon' }, files).sensors;
  t.same(first.read().energyMw, { value: 2_500, source: 'ina226' }, 'microwatts become milliwatts');
  const init = { energy: 'hwmon', energyChip: 'some_pmic', energyUncertainty: 0.02 } as const;
  t.same(openSensors(t, init, files).sensors.read().energyMw, { value: 9_000, source: 'hwmon', uncertainty: 0.02 });
  const missing = openSensors(t, { energy: 'hwmon', energyChip: 'ina219' }, files).sensors;
  t.equal(missing.read().energyMw, null, 'nothing stands in for a chip that is named and not there');
});

t.test(
  'energy counters give the power of all processor packages between two readings, over their ends too',
  async (t) => {
    const domain = (index: string, name: string, microjoules: string) => ({
      [`sys/class/powercap/intel-rapl:${index}/name`]: name,
      [`sys/class/powercap/intel-rapl:${index}/energy_uj`]: microjoules,
      [`sys/class/powercap/intel-rapl:${index}/max_energy_range_uj`]: '10000000',
    });
    const { sensors, clock, write } = openSensors(
      t,
      { energy: 'rapl' },
      {
        ...domain('0', 'package-0', '9000000'),
        ...domain('1', 'package-1', '1000000'),
        ...domain('2', 'psys', '0'),
        ...domain('0:0', 'core', '0'),
      },
    );
    t.equal(sensors.read().energyMw, null, 'one reading says nothing');
    clock.advance(1_000);
    write('sys/class/powercap/intel-rapl:0/energy_uj', '500000');
    write('sys/class/powercap/intel-rapl:1/energy_uj', '1500000');
    write('sys/class/powercap/intel-rapl:2/energy_uj', '7000000');
    t.same(sensors.read().energyMw, { value: 2_000, source: 'rapl' }, '1.5 J and 0.5 J in a second');
    clock.advance(1_000);
    write('sys/class/powercap/intel-rapl:1/energy_uj', 'broken');
    t.equal(sensors.read().energyMw, null, 'a reading that is no number is none');
  },
);

t.test('the model estimates by how long the kernel has computed', async (t) => {
  const energyModel = { idleMw: 1_500, njPerCycle: 0.5, cpuMhz: 1_500 };
  const { sensors, clock, kernel } = openSensors(t, { energy: 'model', energyModel, energyUncertainty: 0.3 }, {});
  t.equal(sensors.read().energyMw, null, 'one reading says nothing');
  clock.advance(1_000);
  t.same(sensors.read().energyMw, { value: 1_500, source: 'model', uncertainty: 0.3 });
  clock.advance(1_000);
  kernel.busyUs += 100_000;
  t.same(sensors.read().energyMw, { value: 1_575, source: 'model', uncertainty: 0.3 }, 'a tenth of 750 mW more');
});

t.test('memory and load come from the machine itself', async (t) => {
  const { sensors } = openSensors(t, {}, {});
  await waitFor('a sample of the memory', () => sensors.read().memoryRatio !== null);
  const { memoryRatio, system } = sensors.read();
  t.ok(memoryRatio !== null && memoryRatio > 0 && memoryRatio < 1, `${memoryRatio}`);
  t.ok((system.memoryTotalBytes ?? 0) > (system.memoryUsedBytes ?? Number.POSITIVE_INFINITY));
  t.ok(system.agentRssBytes > 0);
  t.ok((system.machineUptimeSeconds ?? 0) > 0);
});

t.test(
  'a limit on the service, or on what it is part of, counts where it is closer than the end of the memory',
  async (t) => {
    const group = 'sys/fs/cgroup/system.slice';
    const { sensors, write } = openSensors(
      t,
      {},
      {
        'proc/self/cgroup': '0::/system.slice/liquid-lln-agent.service\n',
        [`${group}/memory.max`]: '1000000\n',
        [`${group}/memory.current`]: '500000\n',
        [`${group}/liquid-lln-agent.service/memory.max`]: '2000\n',
        [`${group}/liquid-lln-agent.service/memory.current`]: '1900\n',
        [`${group}/liquid-lln-agent.service/memory.stat`]: 'anon 900\ninactive_file 100\n',
      },
    );
    t.equal(sensors.read().memoryRatio, 0.9, 'without the files that can be dropped');
    t.equal(sensors.read().system.memoryLimitBytes, 2_000);
    write(`${group}/liquid-lln-agent.service/memory.max`, 'max\n');
    t.equal(sensors.read().system.memoryLimitBytes, 1_000_000);
  },
);
