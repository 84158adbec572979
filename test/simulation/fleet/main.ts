import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { describeCounts } from './coverage.js';
import { SeedReport } from './seed-report.js';
import { SeedRunner } from './seed-runner.js';
import { simulateFleet } from './simulate-fleet.js';

const usage = `npm run simulate -- [--seeds N] [--first SEED] [--jobs J] [--digest] [--seed SEED]

  --seeds N     how many runs; 1,000 without it
  --first SEED  the first seed; 1 without it
  --jobs J      threads; as many as there are processors without it
  --digest      a hash over all that happened in all runs: equal if they did the same
  --seed SEED   one run, with everything that happened in it`;

/** Between two lines about the progress, and where it is one line on a terminal. */
const lineMs = 60_000;
const terminalLineMs = 1_000;
const clearLine = '\r\u001b[K';
const jobsMax = 1_024;
const seedMax = 2 ** 32 - 1;

await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1000' },
      first: { type: 'string', default: '1' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      digest: { type: 'boolean', default: false },
      seed: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(usage);
  if (values.seed !== undefined) return showOne(numberOf(values.seed, 0, seedMax), values.digest);
  const first = numberOf(values.first, 0, seedMax);
  const seeds = numberOf(values.seeds, 1, seedMax - first + 1);
  await runMany({ first, seeds, isDigested: values.digest }, numberOf(values.jobs, 1, jobsMax));
}

function numberOf(text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  console.error(`${text} is no whole number from ${min} to ${max}\n\n${usage}`);
  process.exit(2);
}

async function showOne(seed: number, isDigested: boolean): Promise<void> {
  const { trace, coverage, broken, digest } = await simulateFleet(seed, { isDigested });
  console.log(trace.join('\n'));
  console.log(describeCounts(coverage).join('\n'));
  if (isDigested) console.log(`trace ${digest}`);
  if (broken === null) return console.log(`seed ${seed}: every promise was kept`);
  reportBroken(seed, broken);
}

function reportBroken(seed: number, promise: string): void {
  console.log(`seed ${seed}: BROKEN ${promise}`);
  process.exitCode = 1;
}

async function runMany(range: { first: number; seeds: number; isDigested: boolean }, jobs: number): Promise<void> {
  const startedMs = performance.now();
  const elapsedMs = () => performance.now() - startedMs;
  const report = new SeedReport();
  const isTerminal = process.stdout.isTTY === true;
  const erase = () => isTerminal && process.stdout.write(clearLine);
  const runner = new SeedRunner(range, (result) => {
    report.add(result);
    if (result.broken.length > 0) erase();
    for (const { seed, promise } of result.broken) reportBroken(seed, promise);
  });
  const progress = setInterval(
    () => {
      const line = report.describeProgress(range.seeds, elapsedMs());
      process.stdout.write(isTerminal ? `${clearLine}${line}` : `${line}\n`);
    },
    isTerminal ? terminalLineMs : lineMs,
  );
  process.once('SIGINT', () => runner.stop());
  await runner.run(jobs);
  clearInterval(progress);
  erase();
  for (const line of report.describeAll(elapsedMs())) console.log(line);
  if (range.isDigested) console.log(report.describeDigest());
  const left = range.first + range.seeds - runner.resumeAt;
  if (left === 0) return;
  console.log(`stopped; npm run simulate -- --first ${runner.resumeAt} --seeds ${left} goes on`);
  process.exitCode = 130;
}
