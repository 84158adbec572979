import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runCommand } from './run-command.mjs';

/** The oldest Node that the project runs on, as in package.json. */
const nodeMin = { major: 20, minor: 15 };

/**
 * Programs that the project uses where they exist.
 *
 * @typedef {object} Tool
 * @property {string} command
 * @property {readonly string[]} debianPackages what brings it
 * @property {string} without what does not work where it is missing
 * @property {boolean} isRequired whether nothing works without it
 */

/** @type {readonly Tool[]} */
export const tools = [
  {
    command: 'cc',
    debianPackages: ['gcc', 'libc6-dev'],
    without: 'the kernel cannot be built, and nothing runs',
    isRequired: true,
  },
  {
    command: 'clang',
    debianPackages: ['clang'],
    without: 'the kernel is not tested under a second compiler',
    isRequired: false,
  },
  {
    command: 'arm-none-eabi-gcc',
    debianPackages: ['gcc-arm-none-eabi'],
    without: 'nothing is built or tested for the Cortex-M7',
    isRequired: false,
  },
  {
    command: 'qemu-system-arm',
    debianPackages: ['qemu-system-arm'],
    without: 'nothing is tested on an emulated board',
    isRequired: false,
  },
  {
    command: 'aarch64-linux-gnu-gcc',
    debianPackages: ['gcc-aarch64-linux-gnu', 'libc6-dev-arm64-cross'],
    without: 'the kernel is not tested for AArch64',
    isRequired: false,
  },
  {
    command: 'qemu-aarch64',
    debianPackages: ['qemu-user'],
    without: 'the kernel is not tested on an emulated AArch64',
    isRequired: false,
  },
  {
    command: 'mosquitto',
    debianPackages: ['mosquitto'],
    without: 'the tests against a foreign MQTT broker are skipped',
    isRequired: false,
  },
  {
    command: 'systemd-analyze',
    debianPackages: ['systemd'],
    without: "the agent's unit is not checked",
    isRequired: false,
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
function hasCommand(command) {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Whether we may install Debian packages. */
function mayInstall() {
  return process.getuid?.() === 0 && hasCommand('apt-get');
}

/**
 * Installs the missing ones among `wanted` where it may; where it may not, nothing happens.
 *
 * @param {readonly Tool[]} wanted
 * @returns {Promise<readonly Tool[]>} those that are still missing
 */
export async function installTools(wanted) {
  const missing = wanted.filter((tool) => !hasCommand(tool.command));
  if (missing.length > 0 && mayInstall()) {
    const packages = missing.flatMap((tool) => tool.debianPackages);
    console.log(`... installing Debian packages: ${packages.join(' ')}`);
    await runCommand('apt-get', ['update', '-q'], { timeoutSeconds: 180 });
    await runCommand('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...packages]);
  }
  return missing.filter((tool) => !hasCommand(tool.command));
}
