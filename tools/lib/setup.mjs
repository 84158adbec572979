import { installDependencies } from './dependencies.mjs';
import { installTools, nodeFault, tools } from './machine.mjs';
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
  for (const part of ['kernel', 'firmware']) {
    const built = await runCommand('node', [`firmware-bridge/build-${part}.mjs`]);
    if (!reportStep(`build the ${part}`, built)) return false;
  }
  return true;
}
