import { loadavg, uptime } from 'node:os';
import type { Clock, SourcedFigure } from '@liquid-lln/protocol';
import type { PowerModel } from '../../domain/power-model.js';
import { chooseThermometer } from '../../domain/temperature-choice.js';
import type { Logger } from '../../ports/logger.js';
import type { SensorReadings, Sensors } from '../../ports/sensors.js';
import { type CgroupMemory, readCgroupMemory } from './cgroup-memory.js';
import { type EnergyMeter, HwmonMeter, ModelMeter, RaplPackages } from './energy-meter.js';
import { MachineLoad, type MachineLoadFigures } from './machine-load.js';
import { readThermometers } from './thermometers.js';

/** Which of the machine's meters measures what a package's energy budget means; an operator's knowledge. */
export type EnergySource = 'none' | 'hwmon' | 'rapl' | 'model';

export interface LinuxSensorsInit {
  /** `/sys` or a copy of its shape. */
  readonly sysfsRoot: string;
  /** `/proc` or a copy of its shape. */
  readonly procRoot: string;
  readonly energy: EnergySource;
  /** Name of the chip that `hwmon` means; null for the first that there is. */
  readonly energyChip: string | null;
  /** Of `model`. */
  readonly energyModel: PowerModel | null;
  /** How far off the energy may be, 0 to 1; null where nobody has said. */
  readonly energyUncertainty: number | null;
  /** Name of the thermometer; null for the processor's. */
  readonly thermometer: string | null;
}

export interface LinuxSensorsComponents {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly logger: Logger;
  /** Microseconds that the kernel has computed so far. */
  readonly busyUs: () => number;
}

/** The machine's figures; what the machine does not have reads as null, never as a guess. */
export class LinuxSensors implements Sensors {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #init: LinuxSensorsInit;
  readonly #meter: EnergyMeter | null;
  readonly #load: MachineLoad;

  constructor({ clock, logger, busyUs }: LinuxSensorsComponents, init: LinuxSensorsInit) {
    this.#clock = clock;
    this.#load = new MachineLoad(logger);
    this.#init = init;
    this.#meter = openMeter(init, busyUs);
  }

  read(): SensorReadings {
    const { sysfsRoot, procRoot } = this.#init;
    const load = this.#load.read();
    const cgroup = readCgroupMemory(sysfsRoot, procRoot);
    return {
      energyMw: this.#readEnergy(),
      temperatureC: this.#readTemperature(),
      memoryRatio: memoryRatioOf(load, cgroup),
      system: {
        ...load,
        memoryLimitBytes: cgroup?.limitBytes ?? null,
        agentRssBytes: process.memoryUsage.rss(),
        uptimeSeconds: process.uptime(),
        machineUptimeSeconds: uptime(),
        load1: loadavg()[0] ?? 0,
      },
    };
  }

  #readEnergy(): SourcedFigure {
    const value = this.#meter?.readMw(this.#clock.monotonicMs()) ?? null;
    if (this.#meter === null || value === null) return null;
    const { source } = this.#meter;
    const { energyUncertainty } = this.#init;
    return energyUncertainty === null ? { value, source } : { value, source, uncertainty: energyUncertainty };
  }

  #readTemperature(): SourcedFigure {
    const { sysfsRoot, thermometer } = this.#init;
    const chosen = chooseThermometer(readThermometers(sysfsRoot), thermometer);
    return chosen === null ? null : { value: chosen.celsius, source: chosen.source };
  }
}

function openMeter(init: LinuxSensorsInit, busyUs: () => number): EnergyMeter | null {
  switch (init.energy) {
    case 'none':
      return null;
    case 'hwmon':
      return new HwmonMeter(init.sysfsRoot, init.energyChip);
    case 'rapl':
      return new RaplPackages(init.sysfsRoot);
    case 'model':
      return init.energyModel === null ? null : new ModelMeter(init.energyModel, busyUs);
    default:
      return init.energy satisfies never;
  }
}

/** Whichever memory runs out first: the machine's, or what the service may have of it. */
function memoryRatioOf({ memoryTotalBytes, memoryUsedBytes }: MachineLoadFigures, cgroup: CgroupMemory | null) {
  const ofMachine = memoryTotalBytes === null || memoryUsedBytes === null ? null : memoryUsedBytes / memoryTotalBytes;
  const ofService = cgroup === null ? null : cgroup.usedBytes / cgroup.limitBytes;
  if (ofMachine === null || ofService === null) return ofMachine ?? ofService;
  return Math.max(ofMachine, ofService);
}
