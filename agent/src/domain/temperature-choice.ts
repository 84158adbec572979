import type { FigureSource } from '@liquid-lln/protocol';

/** A thermometer of the machine, with the name that the kernel gives it. */
export interface Thermometer {
  readonly name: string;
  readonly source: Extract<FigureSource, 'hwmon' | 'thermal-zone'>;
  readonly celsius: number;
}

/** Names of processors' sensors: Intel, AMD, Arm's thermal zones, boards of several makers. */
const processorNames = /cpu|soc|pkg|package|core|k10temp|k8temp|zenpower|acpitz/iu;
/** Below and above is a sensor that is not connected, or not calibrated. */
const plausibleC = { min: -55, max: 150 };

/**
 * The thermometer whose figure stands for the machine: the one of that name where the configuration names one; else the
 * hottest of the processor's, since its clock falls with the hottest; else the hottest of all. Null without one.
 */
export function chooseThermometer(all: readonly Thermometer[], wanted: string | null): Thermometer | null {
  const plausible = all.filter(({ celsius }) => celsius >= plausibleC.min && celsius <= plausibleC.max);
  if (wanted !== null) return hottest(plausible.filter(({ name }) => name === wanted));
  return hottest(plausible.filter(({ name }) => processorNames.test(name))) ?? hottest(plausible);
}

function hottest(thermometers: readonly Thermometer[]): Thermometer | null {
  return thermometers.reduce<Thermometer | null>(
    (best, one) => (best === null || one.celsius > best.celsius ? one : best),
    null,
  );
}
