import type { GateSpan, RolloutCourse, RolloutReplay, WaveHistory } from '@liquid-lln/protocol';
import type { Table } from './table.js';
import { absent, formatTime } from './units.js';

/** What is replayed, whether the record can be relied on, and how both courses end. */
export function replayHeadline(replay: RolloutReplay): string {
  const { rolloutId, target, fromMs, untilMs, looks, isReproduced, asItWas, under, divergedMs } = replay;
  const part =
    divergedMs === null ? 'nothing would have been different' : `different from ${formatTime(divergedMs)} on`;
  return [
    `rollout ${rolloutId} to ${target}, replayed: ${looks} looks from ${formatTime(fromMs)} to ${formatTime(untilMs)}`,
    isReproduced
      ? '  planned again as it was, the record comes to what was decided'
      : '  planned again as it was, the record does NOT come to what was decided: do not rely on the rest',
    `  as it was: ${describeEnd(asItWas)}`,
    `  under these limits: ${describeEnd(under)}; ${part}`,
  ].join('\n');
}

function describeEnd({ status, endedMs, detail }: RolloutCourse): string {
  const when = endedMs === null ? '' : ` at ${formatTime(endedMs)}`;
  return `${status}${when}${detail === '' ? '' : `: ${detail}`}`;
}

/** Two rows for each wave: as it was, and as it would have been. */
export function replayTable({ asItWas, under }: RolloutReplay): Table {
  const waves = Math.max(asItWas.waves.length, under.waves.length);
  const rows = Array.from({ length: waves }, (_, index) => [
    waveRow(`${index + 1}`, 'as it was', asItWas.waves[index]),
    waveRow('', 'would be', under.waves[index]),
  ]);
  return { head: ['WAVE', '', 'BEGUN', 'GATES', 'VERDICT', 'EVIDENCE', 'LAST REASON'], rows: rows.flat() };
}

function waveRow(name: string, course: string, wave: WaveHistory | undefined): string[] {
  if (wave === undefined || wave.startedMs === null) return [name, course, absent, absent, absent, absent, absent];
  const last = wave.gates.at(-1);
  const why = last?.why ?? '';
  return [
    name,
    course,
    formatTime(wave.startedMs),
    wave.gates.map(describeSpan).join(', '),
    describeVerdict(wave),
    describeFigures(wave),
    why === '' ? absent : why,
  ];
}

/** `devices inconclusive 42 s` */
function describeSpan({ gate, verdict, fromMs, untilMs }: GateSpan): string {
  const seconds = Math.round((untilMs - fromMs) / 1_000);
  return `${gate} ${verdict}${seconds === 0 ? '' : ` ${seconds} s`}`;
}

function describeVerdict({ passedMs, failedMs, promotedBy }: WaveHistory): string {
  if (passedMs !== null) return `passed ${formatTime(passedMs)}${promotedBy === null ? '' : `, by ${promotedBy}`}`;
  return failedMs === null ? 'held' : `failed ${formatTime(failedMs)}`;
}

function describeFigures({ figures }: WaveHistory): string {
  if (figures === null) return absent;
  const { assigned, done, failed, unknown, cleanInferences, analysis } = figures;
  const parts = [
    `${done} of ${assigned} done`,
    failed === 0 ? '' : `${failed} failed`,
    unknown === 0 ? '' : `${unknown} silent`,
    cleanInferences === null ? '' : `${cleanInferences} clean inferences`,
    analysis === null ? '' : `analysis ${analysis}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** What made the difference: both verdicts at the moment at which the courses part. */
export function differenceTable({ difference, divergedMs }: RolloutReplay): Table {
  const head = ['THE DIFFERENCE', 'GATE', 'VERDICT', 'BECAUSE OF'];
  if (difference === null || divergedMs === null) return { head, rows: [] };
  const { waveIndex, was, is } = difference;
  return {
    head,
    rows: [
      [`wave ${waveIndex + 1}, as it was`, ...spanCells(was)],
      ['under these limits', ...spanCells(is)],
    ],
  };
}

function spanCells(span: GateSpan | null): string[] {
  return span === null ? [absent, absent, absent] : [span.gate, span.verdict, span.why === '' ? absent : span.why];
}

/** What the record does not say, each in a line. */
export function unknownLines({ unknown }: RolloutReplay): string[] {
  return unknown.length === 0 ? [] : ['not known:', ...unknown.map((text) => `  ${text}`)];
}
