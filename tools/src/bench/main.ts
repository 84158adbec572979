import { describeMachine } from './machine.js';
import { type BenchOptions, parseOptions, usageOf } from './options.js';
import { benches } from './registry.js';
import { documentOf } from './report/document.js';
import { renderMachine, renderMissing } from './report/text.js';

process.exitCode = await run();

async function run(): Promise<number> {
  const options = readOptions();
  if (options === null) return 2;
  const { bench, cases, isJson, seconds } = options;
  try {
    const machine = describeMachine();
    const outcome = await bench.run({ cases, seconds, say: (line) => void process.stderr.write(`${line}\n`) });
    const text = isJson
      ? JSON.stringify(documentOf(bench.name, machine, outcome.figures))
      : [renderMachine(machine), outcome.text].join('\n');
    process.stdout.write(`${text}\n`);
    for (const line of renderMissing(outcome.missing)) (isJson ? process.stderr : process.stdout).write(`${line}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(
      `the bench "${bench.name}" failed: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    return 1;
  }
}

function readOptions(): BenchOptions | null {
  try {
    return parseOptions(process.argv.slice(2), benches);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usageOf(benches)}\n`);
    return null;
  }
}
