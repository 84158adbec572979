import { readdirSync, readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Clock, SourcedFigure } from '@liquid-lln/protocol';
import type { SensorReadings, Sensors } from '../../ports/sensors.js';
import { RaplMeter } from './rapl-meter.js';

/** Which of the machine's meters measures what a package's energy budget means; an operator's knowledge. */
export type EnergySource = 'none' | 'hwmon' | 'rapl';

export interface LinuxSensorsInit {
  /** `/sys` or a copy of its shape. */
  readonly sysfsRoot: string;
  readonly procRoot: string;
  readonly energy: EnergySource;
}

/** The machine's figures from /proc and /sys; what the machine does not have reads as null, never as a guess. */
export class LinuxSensors implements Sensors {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #init: LinuxSensorsInit;
  readonly #rapl: RaplMeter;
  #cpuBefore = readCpuTimes();

  constructor(components: { readonly clock: Pick<Clock, 'monotonicMs'> }, init: LinuxSensorsInit) {
    this.#clock = components.clock;
    this.#init = init;
    this.#rapl = new RaplMeter(join(init.sysfsRoot, 'class/powercap/intel-rapl:0'));
  }

  read(): SensorReadings {
    const { totalBytes, usedBytes } = this.#readMemory();
    return {
      energyMw: this.#readEnergy(),
      temperatureC: this.#readTemperature(),
      memoryRatio: totalBytes === null || usedBytes === null ? null : usedBytes / totalBytes,
      system: {
        cpuRatio: this.#readCpuRatio(),
        memoryTotalBytes: totalBytes,
        memoryUsedBytes: usedBytes,
        agentRssBytes: process.memoryUsage.rss(),
        uptimeSeconds: process.uptime(),
      },
    };
  }

  #readEnergy(): SourcedFigure {
    const { energy, sysfsRoot } = this.#init;
    if (energy === 'none') return null;
    if (energy === 'rapl') return sourced(this.#rapl.readMw(this.#clock.monotonicMs()), 'rapl');
    const watts = readFirst(join(sysfsRoot, 'class/hwmon'), /^hwmon\d+$/, 'power1_input');
    return sourced(watts === null ? null : watts / 1_000, 'hwmon');
  }

  #readTemperature(): SourcedFigure {
    const milli = readFirst(join(this.#init.sysfsRoot, 'class/thermal'), /^thermal_zone\d+$/, 'temp');
    return sourced(milli === null ? null : milli / 1_000, 'thermal-zone');
  }

  #readMemory(): { totalBytes: number | null; usedBytes: number | null } {
    const text = readText(join(this.#init.procRoot, 'meminfo')) ?? '';
    const available = /^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1];
    const totalBytes = totalmem();
    if (available === undefined) return { totalBytes, usedBytes: null };
    return { totalBytes, usedBytes: Math.max(0, totalBytes - Number(available) * 1_024) };
  }

  #readCpuRatio(): number | null {
    const before = this.#cpuBefore;
    const now = readCpuTimes();
    this.#cpuBefore = now;
    const total = now.total - before.total;
    return total <= 0 ? null : Math.max(0, (total - (now.idle - before.idle)) / total);
  }
}

function readCpuTimes(): { readonly total: number; readonly idle: number } {
  const times = cpus().map((cpu) => cpu.times);
  const total = times.reduce((sum, t) => sum + t.user + t.nice + t.sys + t.idle + t.irq, 0);
  return { total, idle: times.reduce((sum, t) => sum + t.idle, 0) };
}

/** The first folder of a class that has a readable number in `file`. */
function readFirst(folder: string, name: RegExp, file: string): number | null {
  for (const entry of listFolder(folder)) {
    const value = name.test(entry) ? readNumber(join(folder, entry, file)) : null;
    if (value !== null) return value;
  }
  return null;
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return []; // The machine has no sensors of this class.
  }
}

function readNumber(path: string): number | null {
  const text = readText(path)?.trim();
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null; // The sensor is not there, or not for us to read.
  }
}

function sourced(value: number | null, source: NonNullable<SourcedFigure>['source']): SourcedFigure {
  return value === null ? null : { value, source };
}
