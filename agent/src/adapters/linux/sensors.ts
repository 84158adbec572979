import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, SourcedFigure } from '@liquid-lln/protocol';
import type { Logger } from '../../ports/logger.js';
import type { SensorReadings, Sensors } from '../../ports/sensors.js';
import { MachineLoad } from './machine-load.js';
import { RaplMeter } from './rapl-meter.js';

/** Which of the machine's meters measures what a package's energy budget means; an operator's knowledge. */
export type EnergySource = 'none' | 'hwmon' | 'rapl';

export interface LinuxSensorsInit {
  /** `/sys` or a copy of its shape. */
  readonly sysfsRoot: string;
  readonly energy: EnergySource;
}

export interface LinuxSensorsComponents {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly logger: Logger;
}

/** The machine's figures; what the machine does not have reads as null, never as a guess. */
export class LinuxSensors implements Sensors {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #init: LinuxSensorsInit;
  readonly #rapl: RaplMeter;
  readonly #load: MachineLoad;

  constructor({ clock, logger }: LinuxSensorsComponents, init: LinuxSensorsInit) {
    this.#clock = clock;
    this.#load = new MachineLoad(logger);
    this.#init = init;
    this.#rapl = new RaplMeter(join(init.sysfsRoot, 'class/powercap/intel-rapl:0'));
  }

  read(): SensorReadings {
    const load = this.#load.read();
    const { memoryTotalBytes, memoryUsedBytes } = load;
    return {
      energyMw: this.#readEnergy(),
      temperatureC: this.#readTemperature(),
      memoryRatio: memoryTotalBytes === null || memoryUsedBytes === null ? null : memoryUsedBytes / memoryTotalBytes,
      system: {
        ...load,
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
