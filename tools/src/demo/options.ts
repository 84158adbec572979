import { parseArgs } from 'node:util';
import { type BoardChoice, boardChoices } from './boards.js';

export interface DemoOptions {
  /** Leave everything running at the end. */
  readonly keep: boolean;
  /** Of the rooms: the same seed gives the same people, weather and noise. */
  readonly seed: number;
  readonly boards: BoardChoice;
}

export const usage = `npm run demo -- [--boards ${boardChoices.join('|')}] [--keep] [--seed N]`;

/**
 * @returns null if help is asked for.
 * @throws Error that says what is wrong with the arguments
 */
export function parseOptions(args: readonly string[]): DemoOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      keep: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      boards: { type: 'string', default: 'posix' },
      help: { type: 'boolean', default: false, short: 'h' },
    },
  });
  if (values.help) return null;
  const seed = Number(values.seed);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error(`--seed takes a whole number, not "${values.seed}"`);
  const boards = boardChoices.find((choice) => choice === values.boards);
  if (boards === undefined) throw new Error(`--boards takes ${boardChoices.join(', ')}, not "${values.boards}"`);
  return { keep: values.keep, seed, boards };
}
