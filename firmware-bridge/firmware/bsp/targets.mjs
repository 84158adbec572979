/**
 * What each board adds to the build of the firmware: compiler, sources, linker script. Paths count from this folder.
 *
 * @typedef {object} Target
 * @property {string} compiler
 * @property {readonly string[]} flags for every file of the board's image
 * @property {readonly string[]} linkFlags
 * @property {readonly string[]} sources
 */

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
};
