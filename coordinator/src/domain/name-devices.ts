/** Devices that a refusal names before it only counts the rest. */
const namedMax = 20;

/** Some of the devices by name, or by what is said of each, and how many more there are. */
export function nameDevices(named: readonly string[], separator = ', '): string {
  const shown = named.slice(0, namedMax).join(separator);
  return named.length > namedMax ? `${shown} and ${named.length - namedMax} more` : shown;
}
