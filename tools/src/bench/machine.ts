import { readFileSync } from 'node:fs';
import { arch, cpus, loadavg, release, totalmem, type } from 'node:os';
import { measureYardstickMs } from './measure/yardstick.js';

/** What the figures were measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly architecture: string;
  readonly memoryMib: number;
  readonly os: string;
  readonly node: string;
  /** The frequency governor; `unknown` where the system does not say, as in most virtual machines. */
  readonly governor: string;
  /** Processes that wanted to run in the last minute, before the bench began. More than `cores` is a busy machine. */
  readonly load: number;
  /** What `measureYardstickMs` takes; less is faster. */
  readonly yardstickMs: number;
}

const governorFile = '/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor';

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    architecture: arch(),
    memoryMib: Math.round(totalmem() / 2 ** 20),
    os: `${type()} ${release()}`,
    node: process.versions.node,
    governor: readGovernor(),
    load: loadavg()[0] ?? Number.NaN,
    yardstickMs: Number(measureYardstickMs().toPrecision(3)),
  };
}

function readGovernor(): string {
  try {
    return readFileSync(governorFile, 'utf8').trim();
  } catch {
    return 'unknown'; // virtual machines and systems other than Linux have no such file
  }
}
