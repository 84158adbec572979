import { join } from 'node:path';
import type { Thermometer } from '../../domain/temperature-choice.js';
import { listFolder, readNumber, readText } from './files.js';

/** All thermometers that the kernel knows: thermal zones and hwmon chips, both in millidegrees (sysfs-class-thermal, hwmon). */
export function readThermometers(sysfsRoot: string): Thermometer[] {
  return [...readZones(join(sysfsRoot, 'class/thermal')), ...readChips(join(sysfsRoot, 'class/hwmon'))];
}

function readZones(folder: string): Thermometer[] {
  return listFolder(folder)
    .filter((entry) => entry.startsWith('thermal_zone'))
    .flatMap((zone) => {
      const name = readText(join(folder, zone, 'type')) ?? zone;
      return toThermometer(name, 'thermal-zone', readNumber(join(folder, zone, 'temp')));
    });
}

function readChips(folder: string): Thermometer[] {
  return listFolder(folder).flatMap((chip) => {
    const chipName = readText(join(folder, chip, 'name')) ?? chip;
    const inputs = listFolder(join(folder, chip)).filter((file) => /^temp\d+_input$/u.test(file));
    return inputs.flatMap((file) => {
      const label = readText(join(folder, chip, file.replace('_input', '_label')));
      const name = label === null ? chipName : `${chipName} ${label}`;
      return toThermometer(name, 'hwmon', readNumber(join(folder, chip, file)));
    });
  });
}

function toThermometer(name: string, source: Thermometer['source'], milli: number | null): Thermometer[] {
  return milli === null ? [] : [{ name, source, celsius: milli / 1_000 }];
}
