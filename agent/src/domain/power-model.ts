/** What a machine takes, by figures that somebody has measured on one like it. */
export interface PowerModel {
  /** Milliwatts while nothing is computed. */
  readonly idleMw: number;
  /** Nanojoules that a cycle of the kernel takes beyond that. */
  readonly njPerCycle: number;
  /** The clock while the kernel computes, in megahertz. */
  readonly cpuMhz: number;
}

/**
 * Idle power and cycles in a second times the energy of one; a nanojoule a cycle at a megahertz is a milliwatt.
 * @param busyRatio share of the time in which the kernel computed, 0 to 1.
 */
export function modelPowerMw({ idleMw, njPerCycle, cpuMhz }: PowerModel, busyRatio: number): number {
  return idleMw + njPerCycle * cpuMhz * Math.min(1, Math.max(0, busyRatio));
}
