import { toErrorReport } from '@liquid-lln/protocol';
// The whole of the library takes 7 MiB of memory more than these two parts of it.
import { currentLoad } from 'systeminformation/lib/cpu.js';
import { mem } from 'systeminformation/lib/memory.js';
import type { Logger } from '../../ports/logger.js';

/** Memory and processors of the machine; null until the first sample is there. */
export interface MachineLoadFigures {
  readonly memoryTotalBytes: number | null;
  readonly memoryUsedBytes: number | null;
  /** Busy share of all processors since the sample before, 0 to 1. */
  readonly cpuRatio: number | null;
}

/** The figures of the last finished sample; asking begins the next one, so that nobody waits for a sensor. */
export class MachineLoad {
  readonly #logger: Logger;
  #latest: MachineLoadFigures = { memoryTotalBytes: null, memoryUsedBytes: null, cpuRatio: null };
  #isSampling = false;
  #hasComplained = false;

  constructor(logger: Logger) {
    this.#logger = logger;
    void this.#sample();
  }

  read(): MachineLoadFigures {
    void this.#sample();
    return this.#latest;
  }

  async #sample(): Promise<void> {
    if (this.#isSampling) return;
    this.#isSampling = true;
    try {
      const [memory, load] = await Promise.all([mem(), currentLoad()]);
      this.#latest = {
        memoryTotalBytes: memory.total,
        // `used` counts the page cache, which a process in need would get: what is not available is used.
        memoryUsedBytes: Math.max(0, memory.total - memory.available),
        cpuRatio: Number.isFinite(load.currentLoad) ? load.currentLoad / 100 : null,
      };
    } catch (error) {
      this.#latest = { memoryTotalBytes: null, memoryUsedBytes: null, cpuRatio: null };
      if (!this.#hasComplained) this.#logger.warn('memory and load cannot be read', { error: toErrorReport(error) });
      this.#hasComplained = true;
    } finally {
      this.#isSampling = false;
    }
  }
}
