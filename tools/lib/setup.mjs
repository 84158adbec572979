import { installDependencies } from './dependencies.mjs';
import { hasCommand, installTools, nodeFault, tools } from './machine.mjs';
import { reportStep } from './report.mjs';
import { runCommand } from './run-command.mjs';

/**
 * Makes a fresh clone ready to be built: checks Node, installs dependencies and (where it may) missing programs, and
 * builds the kernel and the firmware of the posix board. Does nothing that is already done.
 *
 * @param {{ forTests: boolean }} options whether programs that only tests need are wanted too
 * @returns {Promise<boolean>} false if the project cannot run here; the reason has been printed
 */
export async function setUp({ forTests }) {
  const fault = nodeFault();
  if (fault !== null) {
    console.error(fault);
    return false;
  }
  const installed = await installDependencies();
  if (installed !== null && !reportStep('install dependencies (npm ci)', installed)) return false;
  const missing = await installTools(forTests ? tools : tools.filter((tool) => tool.isRequired));
  for (const tool of missing) {
    console.log(
      `note: there is no ${tool.command}: ${tool.without} (apt-get install ${tool.debianPackages.join(' ')})`,
    );
  }
  if (missing.some((tool) => tool.isRequired)) return false;
  return buildC();
}

/** The firmware of this machine's own kind of board, and of the others where there is a compiler for them. */
async function buildC() {
  const boards = ['posix', ...(hasCommand('arm-none-eabi-gcc') ? ['mps2-an500', 'stm32h743'] : [])];
  const kernel = await runCommand('node', ['firmware-bridge/build-kernel.mjs']);
  if (!reportStep('build the kernel', kernel)) return false;
  const firmware = await runCommand('node', ['firmware-bridge/build-firmware.mjs', ...boards]);
  return reportStep(`build the firmware (${boards.join(', ')})`, firmware);
}
