import { LocalBoard, type LocalBoardInit } from '../../fleet/local-board.js';
import type { Bench, BenchOutcome, BenchRequest, Figure, MissingFigure } from '../bench.js';
import { lineBytesPerSecond, uploadCeiling } from './ceiling.js';
import { type LinkMeasurement, measureLink } from './measure-link.js';
import { renderLinks } from './table.js';

interface LinkCase {
  readonly kind: LocalBoardInit['kind'];
  /** Bits a second; null where nothing holds the line back. */
  readonly baud: number | null;
}

const linkCases: ReadonlyMap<string, LinkCase> = new Map([
  ['posix-115200', { kind: 'posix', baud: 115_200 }],
  ['posix-921600', { kind: 'posix', baud: 921_600 }],
  ['posix-unthrottled', { kind: 'posix', baud: null }],
  ['mps2-an500', { kind: 'mps2-an500', baud: null }],
]);
/** The bytes of an image in a full message of 4 096 bytes. */
const chunkBytes = 3_968;

/** Uploads and inferences over the link to a board. */
export const linkBench: Bench = {
  name: 'link',
  summary: 'throughput of an upload to a board and round trip of an inference, against what the line allows',
  cases: [...linkCases.keys()],
  run,
};

async function run({ cases, say }: BenchRequest): Promise<BenchOutcome> {
  const figures: Figure[] = [];
  const missing: MissingFigure[] = [];
  for (const [name, { kind, baud }] of linkCases) {
    if (cases.length > 0 && !cases.includes(name)) continue;
    const fault = LocalBoard.faultOf(kind);
    if (fault !== null) {
      missing.push({ case: name, metric: 'upload-kib-per-second', reason: fault });
      continue;
    }
    say(`... ${name}`);
    const args = baud === null ? {} : { args: ['--baud', String(baud)] };
    figures.push(...figuresOf(name, baud, await measureLink({ kind, ...args })));
  }
  return { figures, missing, text: renderLinks(figures) };
}

function figuresOf(name: string, baud: number | null, link: LinkMeasurement): Figure[] {
  const bytesPerSecond = link.imageBytes / link.uploadSeconds;
  const at = (q: number) => link.roundTripsUs[Math.floor(q * (link.roundTripsUs.length - 1))] ?? Number.NaN;
  const figures = [
    { metric: 'upload-kib-per-second', value: bytesPerSecond / 1024, unit: 'KiB/s' },
    { metric: 'round-trip-us-p50', value: at(0.5), unit: 'us' },
    { metric: 'round-trip-us-p95', value: at(0.95), unit: 'us' },
  ];
  const shares =
    baud === null
      ? []
      : [
          { metric: 'share-of-line', value: bytesPerSecond / lineBytesPerSecond(baud), unit: '1' },
          { metric: 'share-of-ceiling', value: bytesPerSecond / uploadCeiling(baud, chunkBytes), unit: '1' },
        ];
  return [...figures, ...shares].map((figure) => ({
    case: name,
    ...figure,
    value: Number(figure.value.toPrecision(4)),
  }));
}
