/** How fast a processor runs, and how fast it may. */
export interface CpuClock {
  readonly nowMhz: number;
  readonly maxMhz: number;
}
