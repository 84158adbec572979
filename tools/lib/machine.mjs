import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runCommand } from './run-command.mjs';

/** The oldest Node that the project runs on, as in package.json. */
const nodeMin = { major: 20, minor: 15 };

/**
 * Programs that the project uses where they exist.
 *
 * @typedef {object} Tool
 * @property {string} command what it is called; of a library, its name
 * @property {string | (() => string)} [file] where a library's package puts it: there is no command to look for
 * @property {readonly string[]} debianPackages what brings it
 * @property {string} without what does not work where it is missing
 * @property {'everything' | 'boards' | 'tests'} neededFor nothing works without it; the firmware of boards is left out;
 *   tests are skipped
 */

/** @type {readonly Tool[]} */
export const tools = [
  {
    command: 'cc',
    debianPackages: ['gcc', 'libc6-dev'],
    without: 'the kernel cannot be built, and nothing runs',
    neededFor: 'everything',
  },
  {
    command: 'clang',
    debianPackages: ['clang'],
    without: 'the kernel is not tested under a second compiler',
    neededFor: 'tests',
  },
  {
    command: 'sanitizers of clang',
    file: clangSanitizer,
    debianPackages: ['libclang-rt-dev'],
    without: 'the C sources are not fuzzed, and the firmware is not tested under sanitizers',
    neededFor: 'tests',
  },
  {
    command: 'valgrind',
    debianPackages: ['valgrind'],
    without: 'nothing looks for results that depend on memory that was never written',
    neededFor: 'tests',
  },
  {
    command: 'clang-format',
    debianPackages: ['clang-format'],
    without: 'the format of the C sources is not checked',
    neededFor: 'tests',
  },
  {
    command: 'arm-none-eabi-gcc',
    debianPackages: ['gcc-arm-none-eabi'],
    without: 'nothing is built or tested for the Cortex-M7',
    neededFor: 'boards',
  },
  {
    command: 'qemu-system-arm',
    debianPackages: ['qemu-system-arm'],
    without: 'nothing is tested on an emulated board',
    neededFor: 'tests',
  },
  {
    command: 'unicorn for python3',
    file: '/usr/lib/python3/dist-packages/unicorn/__init__.py',
    debianPackages: ['python3-unicorn'],
    without: 'the image of the STM32H743 is not run on an emulated one',
    neededFor: 'tests',
  },
  {
    command: 'aarch64-linux-gnu-gcc',
    debianPackages: ['gcc-aarch64-linux-gnu', 'libc6-dev-arm64-cross'],
    without: 'the kernel is not tested for AArch64',
    neededFor: 'tests',
  },
  {
    command: 'qemu-aarch64',
    debianPackages: ['qemu-user'],
    without: 'the kernel is not tested on an emulated AArch64',
    neededFor: 'tests',
  },
  {
    command: 'mosquitto',
    debianPackages: ['mosquitto'],
    without: 'the tests against a foreign MQTT broker are skipped',
    neededFor: 'tests',
  },
  {
    command: 'systemd-analyze',
    debianPackages: ['systemd'],
    without: "the agent's unit is not checked",
    neededFor: 'tests',
  },
];

/** @returns {string | null} what is wrong with this Node, in words */
export function nodeFault() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > nodeMin.major || (major === nodeMin.major && minor >= nodeMin.minor)) return null;
  return `Node ${nodeMin.major}.${nodeMin.minor} or newer is needed; this is ${process.versions.node}. See https://nodejs.org.`;
}

/**
 * @param {string} command
 * @returns {boolean} whether it is on the search path
 */
export function hasCommand(command) {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.some((folder) => isAccessible(join(folder, command), constants.X_OK));
}

/**
 * @param {string} file
 * @param {number} mode
 */
function isAccessible(file, mode) {
  try {
    accessSync(file, mode);
    return true;
  } catch {
    return false;
  }
}

/** @param {Tool} tool */
export function isThere({ command, file }) {
  if (file === undefined) return hasCommand(command);
  return isAccessible(typeof file === 'string' ? file : file(), constants.R_OK);
}

/** What clang links in under AddressSanitizer: a Debian package of its own. Nothing can be there without a clang. */
function clangSanitizer() {
  const { stdout } = spawnSync('clang', ['-print-resource-dir'], { encoding: 'utf8', timeout: 10_000 });
  const processor = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  return join((stdout ?? '').trim(), 'lib/linux', `libclang_rt.asan-${processor}.a`);
}

/** Whether we may install Debian packages. */
function mayInstall() {
  return process.getuid?.() === 0 && hasCommand('apt-get');
}

/**
 * Installs the missing ones among `wanted` where it may; where it may not, nothing happens.
 *
 * @param {readonly Tool[]} wanted
 */
export async function installTools(wanted) {
  const missing = wanted.filter((tool) => !isThere(tool));
  if (missing.length > 0 && mayInstall()) {
    const packages = missing.flatMap((tool) => tool.debianPackages);
    console.log(`... installing Debian packages: ${packages.join(' ')}`);
    await runCommand('apt-get', ['update', '-q'], { timeoutSeconds: 180 });
    await runCommand('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...packages]);
  }
}
