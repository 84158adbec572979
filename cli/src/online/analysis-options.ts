import type { AnalysisRequest } from '@liquid-lln/protocol';
import { Option } from 'commander';
import { parseDurationSeconds } from '../domain/duration.js';
import { integerBetween } from '../domain/integer.js';

/** The options that say what waves have to show besides confirmations. */
export interface AnalysisOptions {
  readonly analysis?: boolean;
  /** Seconds. */
  readonly analysisHold?: number;
  readonly waveEvidence?: number;
}

export const analysisOptions: readonly Option[] = [
  new Option('--analysis', 'waves wait until canaries are found no worse than the others (default: in production)'),
  new Option('--no-analysis', 'waves do not wait for that'),
  new Option('--analysis-hold <duration>', 'how long an open verdict holds a wave').argParser(parseDurationSeconds),
  new Option('--wave-evidence <n>', 'clean inferences that a wave needs in all').argParser(
    integerBetween(0, 1_000_000_000),
  ),
];

/** What is left out is decided by the coordinator, or stays as it was. */
export function analysisOf({ analysis, analysisHold, waveEvidence }: AnalysisOptions): { analysis?: AnalysisRequest } {
  const request: AnalysisRequest = {
    ...(analysis === undefined ? {} : { gate: analysis }),
    ...(analysisHold === undefined ? {} : { holdSeconds: Math.round(analysisHold) }),
    ...(waveEvidence === undefined ? {} : { evidenceMin: waveEvidence }),
  };
  return Object.keys(request).length === 0 ? {} : { analysis: request };
}
