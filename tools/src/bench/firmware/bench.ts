import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { boardProgramPath } from '@liquid-lln/firmware-bridge';
import { LocalBoard } from '../../fleet/local-board.js';
import type { Bench, BenchOutcome, BenchRequest, Figure, MissingFigure } from '../bench.js';
import { type MeasuredBoard, measuredBoards } from './boards.js';
import { bytesByRegion, flashBytesOf, parseSections, stackBytesOf } from './sections.js';
import { measureStackBytes } from './stack-use.js';
import { renderBoards } from './table.js';

const emulated = 'mps2-an500';

/** What the firmware takes of each board's memory. */
export const firmwareBench: Bench = {
  name: 'firmware',
  summary: 'flash and RAM of the firmware on each board, and the stack that it used on an emulated one',
  cases: [...measuredBoards.keys()],
  run,
};

async function run({ cases, say }: BenchRequest): Promise<BenchOutcome> {
  const figures: Figure[] = [];
  const missing: MissingFigure[] = [];
  for (const name of measuredBoards.keys()) {
    if (cases.length > 0 && !cases.includes(name)) continue;
    say(`... ${name}`);
    if (existsSync(boardProgramPath(name))) figures.push(...sizeFigures(name));
    else missing.push({ case: name, metric: 'flash-bytes', reason: 'its firmware is not built (npm run setup)' });
    if (name !== emulated) continue;
    const fault = LocalBoard.faultOf(emulated);
    if (fault === null) figures.push(byteFigure(name, 'stack-bytes-used', await measureStackBytes()));
    else missing.push({ case: name, metric: 'stack-bytes-used', reason: fault });
  }
  return { figures, missing, text: renderBoards(figures) };
}

function sizeFigures(name: MeasuredBoard): Figure[] {
  const printed = execFileSync('arm-none-eabi-size', ['-A', '-x', boardProgramPath(name)], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  const sections = parseSections(printed);
  const regions = [...bytesByRegion(sections, measuredBoards.get(name) ?? [])];
  return [
    byteFigure(name, 'flash-bytes', flashBytesOf(sections)),
    ...regions.map(([region, bytes]) => byteFigure(name, `ram-${region}-bytes`, bytes)),
    byteFigure(name, 'stack-bytes', stackBytesOf(sections)),
  ];
}

function byteFigure(name: string, metric: string, value: number): Figure {
  return { case: name, metric, value, unit: 'B' };
}
