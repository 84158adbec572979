/** Devices that a refusal names before it only counts the rest. */
const namedMaxDefault = 20;

export interface Naming {
  readonly separator?: string;
  /** Named before the rest is only counted. */
  readonly max?: number;
}

/** Some of the devices by name, and how many more there are. */
export function nameDevices(named: readonly string[], naming: Naming = {}): string {
  return describeDevices(named, (name) => name, naming);
}

/** What is said of some of the devices, and how many more there are; of those nothing is put into words. */
export function describeDevices<T>(
  devices: readonly T[],
  describe: (device: T) => string,
  { separator = ', ', max = namedMaxDefault }: Naming = {},
): string {
  const shown = devices.slice(0, max).map(describe).join(separator);
  return devices.length > max ? `${shown} and ${devices.length - max} more` : shown;
}
