/** Room on the disk that is kept back for what must not wait until somebody has freed some. */
export interface DiskReserve {
  /** Gives the room back to the disk. @returns whether there was any */
  release(): Promise<boolean>;
  /** Keeps room back again, if there is enough. @returns whether it is kept */
  hold(): Promise<boolean>;
}

/** Keeps nothing back. */
export const noReserve: DiskReserve = { release: async () => false, hold: async () => true };
