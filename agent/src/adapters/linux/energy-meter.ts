import { join } from 'node:path';
import type { FigureSource } from '@liquid-lln/protocol';
import { modelPowerMw, type PowerModel } from '../../domain/power-model.js';
import { listFolder, readNumber, readText } from './files.js';
import { RaplMeter } from './rapl-meter.js';

/** Something that says what power is drawn. */
export interface EnergyMeter {
  readonly source: FigureSource;
  /** Milliwatts now, or since the reading before; null where nothing can be read. */
  readMw(nowMs: number): number | null;
}

/** A power monitor chip: `power1_input` in microwatts (Linux, Documentation/hwmon/sysfs-interface). */
export class HwmonMeter implements EnergyMeter {
  readonly source: FigureSource;
  readonly #file: string | null;

  /** @param wanted the chip's name; null for the first INA2xx, else the first chip that measures power at all. */
  constructor(sysfsRoot: string, wanted: string | null) {
    const root = join(sysfsRoot, 'class/hwmon');
    const chips = listFolder(root)
      .filter((entry) => readNumber(join(root, entry, 'power1_input')) !== null)
      .map((entry) => ({
        name: readText(join(root, entry, 'name')) ?? entry,
        file: join(root, entry, 'power1_input'),
      }));
    const chosen =
      wanted === null
        ? (chips.find(({ name }) => name.startsWith('ina2')) ?? chips[0])
        : chips.find(({ name }) => name === wanted);
    this.#file = chosen?.file ?? null;
    this.source = chosen?.name === 'ina226' ? 'ina226' : 'hwmon';
  }

  readMw(): number | null {
    const microwatts = this.#file === null ? null : readNumber(this.#file);
    return microwatts === null ? null : microwatts / 1_000;
  }
}

/** The energy counters of all processor packages together; platform and core domains would count twice. */
export class RaplPackages implements EnergyMeter {
  readonly source = 'rapl';
  readonly #packages: readonly RaplMeter[];

  constructor(sysfsRoot: string) {
    const root = join(sysfsRoot, 'class/powercap');
    this.#packages = listFolder(root)
      .filter((entry) => /^intel-rapl:\d+$/u.test(entry))
      .filter((entry) => readText(join(root, entry, 'name'))?.startsWith('package') === true)
      .map((entry) => new RaplMeter(join(root, entry)));
  }

  readMw(nowMs: number): number | null {
    const readings = this.#packages.map((one) => one.readMw(nowMs));
    return readings.length === 0
      ? null
      : readings.reduce((sum, one) => (sum === null || one === null ? null : sum + one));
  }
}

/** No meter at all: what the kernel's busy time would take by an operator's own figures. */
export class ModelMeter implements EnergyMeter {
  readonly source = 'model';
  readonly #model: PowerModel;
  readonly #busyUs: () => number;
  #before: { readonly busyUs: number; readonly atMs: number } | null = null;

  /** @param busyUs how long the kernel has computed so far. */
  constructor(model: PowerModel, busyUs: () => number) {
    this.#model = model;
    this.#busyUs = busyUs;
  }

  readMw(nowMs: number): number | null {
    const before = this.#before;
    const busyUs = this.#busyUs();
    this.#before = { busyUs, atMs: nowMs };
    if (before === null || nowMs <= before.atMs) return null;
    return modelPowerMw(this.#model, (busyUs - before.busyUs) / 1_000 / (nowMs - before.atMs));
  }
}
