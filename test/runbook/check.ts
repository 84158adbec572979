import type { Test } from 'tap';
import type { CommandLine } from './command-lines.js';
import type { Stage } from './stage.js';

/** Types one line of the runbook and looks, not at what it says of itself, but at what became of the fleet. */
export type Check = (t: Test, stage: Stage, line: string) => Promise<void>;
/** A line without a check does not compile. */
export type Checks<L extends CommandLine = CommandLine> = Readonly<Record<L, Check>>;

/** The same for each of these devices. */
export function each(deviceIds: readonly string[], what: string): Record<string, string> {
  return Object.fromEntries(deviceIds.map((deviceId) => [deviceId, what]));
}

/** The cells of a table's row, found by its first cell; none if there is no such row. */
export function rowOf(text: string, first: string): string[] {
  const line = text.split('\n').findLast((one) => one.split(/ {2,}/)[0] === first);
  return line?.trimEnd().split(/ {2,}/) ?? [];
}
