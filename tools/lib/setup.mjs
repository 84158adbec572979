import { targets } from '../../firmware-bridge/firmware/bsp/targets.mjs';
import { installDependencies } from './dependencies.mjs';
import { installTools, isThere, nodeFault, tools } from './machine.mjs';
import { reportStep } from './report.mjs';
import { runCommand } from './run-command.mjs';

const boards = Object.keys(targets);

/**
 * Makes a fresh clone ready to be built: checks Node, installs dependencies and (where it may) missing programs, and
 * builds the kernel and the firmware of every board that there is a compiler for. Does nothing that is already done.
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
  await installTools(tools.filter((tool) => forTests || tool.neededFor === 'everything'));
  const missing = tools.filter((tool) => (forTests || tool.neededFor !== 'tests') && !isThere(tool));
  for (const tool of missing) {
    console.log(
      `note: there is no ${tool.command}: ${tool.without} (apt-get install ${tool.debianPackages.join(' ')})`,
    );
  }
  if (missing.some((tool) => tool.neededFor === 'everything')) return false;
  const mayCross = missing.every((tool) => tool.neededFor !== 'boards');
  return (await build('kernel', [])) && (await build('firmware', mayCross ? boards : ['posix']));
}

/**
 * @param {'kernel' | 'firmware'} part
 * @param {readonly string[]} args
 */
async function build(part, args) {
  const built = await runCommand('node', [`firmware-bridge/build-${part}.mjs`, ...args]);
  return reportStep(['build the', part, ...args].join(' '), built);
}
