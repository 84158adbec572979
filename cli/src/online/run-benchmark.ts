import {
  type BaselineDevice,
  type BaselineFile,
  baselineFileBytesMax,
  baselineFileSchema,
  parseWith,
} from '@liquid-lln/protocol';
import { readUserJson } from '../adapters/files.js';
import { foundOf } from '../domain/profile-tables.js';
import { type MeasureOptions, measureTarget } from './measure-options.js';
import type { Online } from './online-command.js';
import type { MeasureEnd } from './run-measurement.js';

/** A baseline as it was measured, and how the measurement ended. */
export interface Benchmark {
  readonly devices: readonly BaselineDevice[];
  readonly end: MeasureEnd;
}

/** Has the devices of a target measure themselves for a while. */
export async function runBenchmark(online: Online, options: MeasureOptions, seconds: number): Promise<Benchmark> {
  const end = await measureTarget(online, options, { kind: 'benchmark', seconds });
  const devices = foundOf(end.devices, 'benchmark').flatMap(({ deviceId, result, findings }) =>
    result === null || findings === null ? [] : [{ deviceId, ...result, findings }],
  );
  return { devices, end };
}

/** Reads a baseline file. @throws LlnError FILE_UNREADABLE, USAGE if it is none or of a newer version */
export function readBaseline(path: string): BaselineFile {
  return parseWith(baselineFileSchema, readUserJson(path, baselineFileBytesMax), path, 'USAGE');
}
