import { resolve } from 'node:path';
import { LlnError } from '@liquid-lln/protocol';
import { type Command, CommanderError } from 'commander';
import { systemClock } from '../adapters/system-clock.js';
import { stateFolder } from '../clients/settings.js';
import { firstTryBoard, firstTryPaths, firstTryText } from '../domain/first-try.js';
import { integerBetween } from '../domain/integer.js';
import { exitCodes } from '../exit-codes.js';
import { type RunningFleet, startFleet, stopPrograms } from '../online/start-fleet.js';
import { exitSignal, present, showError, sinkOf } from '../output.js';

interface UpOptions {
  readonly dataDir?: string;
  readonly port: number;
  readonly httpPort: number;
}

/** `liquid-lln up`: a coordinator and one simulated gateway with a board on this machine, for a first try. */
export function register(program: Command): void {
  const portNumber = integerBetween(0, 65_535);
  const command = program
    .command('up')
    .description('run a coordinator and one simulation agent with a board here, until Ctrl-C')
    .option('--data-dir <folder>', 'where to keep everything (default: the state folder of the user)')
    .option('--port <n>', "the coordinator's port; 0: any free one", portNumber, 1883)
    .option('--http-port <n>', "the agent's port; 0: any free one", portNumber, 0)
    .option('--json', 'print one JSON document when all are ready');
  command.action((options: UpOptions) => up(command, options));
}

/** Says that all are ready as soon as they are; then stays until it is told to go or one of them ends. */
async function up(command: Command, options: UpOptions): Promise<void> {
  const stopAsked = listenForStop();
  const usual = stateFolder(process.env);
  const paths = firstTryPaths(resolve(options.dataDir ?? usual));
  const isUsualFolder = paths.folder === resolve(usual);
  const starting = startFleet(systemClock, { paths, port: options.port, httpPort: options.httpPort });
  await present(command, async () => {
    const fleet = await starting;
    const { brokerUrl, agentUrl, boardFault } = fleet;
    const board = boardFault === null ? firstTryBoard : null;
    return {
      document: { brokerUrl, agentUrl, board, folder: paths.folder, privateKey: paths.privateKey, pids: pidsOf(fleet) },
      text: firstTryText({ paths, brokerUrl, agentUrl, boardFault, isUsualFolder }),
    };
  });
  await stay(command, await starting, stopAsked);
}

function pidsOf({ programs }: RunningFleet): Record<string, number> {
  return Object.fromEntries(programs.map(({ name, pid }) => [name, pid]));
}

/** Nothing is restarted: whoever tries the system should see that a part of it died. */
async function stay(command: Command, { programs }: RunningFleet, stopAsked: Promise<null>): Promise<void> {
  const end = await Promise.race([stopAsked, ...programs.map(({ ended }) => ended)]);
  await stopPrograms(programs);
  if (end === null) return;
  // Standard output has its document already.
  showError(sinkOf(command), false, new LlnError('INTERNAL', end));
  throw new CommanderError(exitCodes.notSo, exitSignal, '');
}

function listenForStop(): Promise<null> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve(null));
  });
}
