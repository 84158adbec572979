/**
 * What each board adds to the build of the firmware: compiler, sources, linker script. Paths count from this folder.
 *
 * @typedef {object} Target
 * @property {string} compiler
 * @property {readonly string[]} flags for every file of the board's image
 * @property {readonly string[]} linkFlags
 * @property {readonly string[]} sources
 */

/**
 * One processor for both boards, so that what QEMU ran is what the product runs. The FPU's single precision only: the
 * kernel has no doubles. No loop may become a call of memcpy: memcpy is such a loop, and at the start it is not there yet.
 */
const cortexM7 = [
  ...['-mcpu=cortex-m7', '-mthumb', '-mfpu=fpv5-sp-d16', '-mfloat-abi=hard'],
  `-DLLN_FAST_DATA=__attribute__((section(".fast")))`,
  ...['-ffreestanding', '-fno-tree-loop-distribute-patterns', '-ffunction-sections', '-fdata-sections'],
];

/** @param {string} script of the linker */
const link = (script) => ['-nostdlib', '-Wl,--gc-sections', '-Wl,--fatal-warnings', '-T', script, '-lgcc'];

const shared = ['memory.c', 'reset.c', 'start.c', 'vectors.c'].map((name) => `cortex_m7/${name}`);

/** @type {Readonly<Record<string, Target>>} */
export const targets = {
  posix: {
    compiler: 'cc',
    flags: ['-D_GNU_SOURCE'],
    linkFlags: [],
    sources: ['board.c', 'clock.c', 'flash.c', 'flash_model.c', 'line.c', 'options.c', 'sensors.c', 'serial.c'].map(
      (name) => `posix/${name}`,
    ),
  },
  'mps2-an500': {
    compiler: 'arm-none-eabi-gcc',
    flags: cortexM7,
    linkFlags: link('mps2_an500/board.ld'),
    sources: [
      ...shared,
      ...['board.c', 'clock.c', 'flash.c', 'sensors.c', 'serial.c'].map((name) => `mps2_an500/${name}`),
    ],
  },
  stm32h743: {
    compiler: 'arm-none-eabi-gcc',
    flags: cortexM7,
    linkFlags: link('stm32h743/board.ld'),
    sources: [
      ...shared,
      ...['board.c', 'caches.c', 'clock.c', 'clocks.c', 'flash.c'].map((name) => `stm32h743/${name}`),
      ...['power.c', 'serial.c', 'temperature.c'].map((name) => `stm32h743/${name}`),
    ],
  },
};
