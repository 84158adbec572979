import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type SimResult, simulateFleet } from './simulate-fleet.js';

/** Seeds handed to a thread at once. */
const batchSeeds = 20;

const usage = `npm run simulate -- [--seeds N] [--first SEED] [--seed SEED]

  --seeds N     how many runs; 1,000 without it
  --first SEED  the first seed; 1 without it
  --seed SEED   one run, with everything that happened in it`;

if (isMainThread) await main();
else await serve();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string' },
      first: { type: 'string' },
      seed: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) return console.log(usage);
  if (values.seed !== undefined) return showOne(numberOf(values.seed));
  await runMany(numberOf(values.first ?? '1'), numberOf(values.seeds ?? '1000'));
}

function numberOf(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0 && value < 2 ** 32) return value;
  console.error(`${text} is no number of a seed\n\n${usage}`);
  process.exit(2);
}

async function showOne(seed: number): Promise<void> {
  const result = await simulateFleet(seed);
  console.log(result.trace.join('\n'));
  report(result);
  console.log(JSON.stringify(result.seen));
}

function report({ seed, broken }: SimResult): void {
  console.log(`seed ${seed}: ${broken === null ? 'every promise was kept' : `BROKEN ${broken}`}`);
  if (broken !== null) process.exitCode = 1;
}

/** Several threads take batches of seeds until there are none left. */
async function runMany(first: number, count: number): Promise<void> {
  const startedMs = Date.now();
  const totals = new Map<string, number>();
  let next = first;
  let done = 0;
  let broken = 0;
  const take = () => {
    const from = next;
    next = Math.min(first + count, next + batchSeeds);
    return { from, to: next };
  };
  const onResult = (result: SimResult) => {
    done += 1;
    for (const [name, value] of Object.entries(result.seen)) totals.set(name, (totals.get(name) ?? 0) + value);
    if (result.broken !== null) {
      broken += 1;
      report(result);
    }
    if (done % 500 === 0)
      console.log(`${done} of ${count}, ${broken} broken, ${Math.round((Date.now() - startedMs) / 1_000)} s`);
  };
  await Promise.all(Array.from({ length: Math.min(cpus().length, count) }, () => runThread(take, onResult)));
  const seconds = (Date.now() - startedMs) / 1_000;
  console.log(`${done} runs, ${broken} broken, in ${seconds.toFixed(0)} s`);
  console.log([...totals].map(([name, value]) => `${value} ${name}`).join(', '));
}

function runThread(take: () => { from: number; to: number }, onResult: (result: SimResult) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: take() });
    worker.on('message', (message: SimResult | 'more') => {
      if (message !== 'more') return onResult(message);
      worker.postMessage(take());
    });
    worker.once('error', reject);
    worker.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a thread ended with ${code}`))));
  });
}

async function serve(): Promise<void> {
  const port = parentPort;
  if (port === null) return;
  let batch = workerData as { from: number; to: number };
  while (batch.from < batch.to) {
    for (let seed = batch.from; seed < batch.to; seed += 1) port.postMessage(await simulateFleet(seed));
    const answer = new Promise<typeof batch>((resolve) => port.once('message', resolve));
    port.postMessage('more');
    batch = await answer;
  }
}
