import type { CpuClock } from '../../ports/cpu-clock.js';
import { readNumber } from './files.js';

const folder = '/sys/devices/system/cpu/cpu0/cpufreq';

/** The clock of the first processor, as the kernel governs it; null where it does not say. */
export function readCpuClock(): CpuClock | null {
  const [nowKhz, maxKhz] = [readNumber(`${folder}/scaling_cur_freq`), readNumber(`${folder}/cpuinfo_max_freq`)];
  return nowKhz === null || maxKhz === null || maxKhz <= 0 ? null : { nowMhz: nowKhz / 1_000, maxMhz: maxKhz / 1_000 };
}
