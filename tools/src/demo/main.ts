import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalFleet } from '../fleet/local-fleet.js';
import { Narrator } from './narrator.js';
import { type DemoOptions, parseOptions, usage } from './options.js';
import { tellStory } from './story.js';

const interrupted = new AbortController();
const running: { stop(): Promise<void> }[] = [];
const folder = mkdtempSync(join(tmpdir(), 'liquid-lln-demo-'));
const narrator = new Narrator((text) => process.stdout.write(text));

process.once('SIGINT', () => interrupted.abort());
process.once('SIGTERM', () => interrupted.abort());
process.exitCode = await run();

async function run(): Promise<number> {
  const options = readOptions();
  if (options === null) return 2;
  let mayRemove = true;
  try {
    const { signal } = interrupted;
    const onRunning = (one: { stop(): Promise<void> }) => running.push(one);
    const { fleet, isComplete } = await tellStory({ folder, seed: options.seed, narrator, signal, onRunning });
    if (options.keep) await keepRunning(fleet);
    narrator.say(isComplete ? 'all of it was seen' : 'not all of it was seen');
    return isComplete ? 0 : 1;
  } catch (error) {
    if (interrupted.signal.aborted) return 130;
    mayRemove = false;
    narrator.say(`the demo cannot go on: ${error instanceof Error ? error.message : String(error)}`);
    narrator.say(`the logs are in ${folder}`);
    return 1;
  } finally {
    for (const one of running.reverse()) await one.stop();
    if (mayRemove) rmSync(folder, { recursive: true, force: true });
  }
}

function readOptions(): DemoOptions | null {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return null;
  }
}

/** Says what to try, and waits for Ctrl-C. */
async function keepRunning(fleet: LocalFleet): Promise<void> {
  const [device] = fleet.devices;
  const cli = `node cli/dist/main.js`;
  const config = `--config ${fleet.operatorFile}`;
  narrator.chapter('It goes on running. Try:');
  narrator.show(`  curl -X POST ${device?.url}/inference -d '{"input":[21.2,26.5,420,720]}'`);
  narrator.show(`  curl ${device?.url}/health?verbose`);
  narrator.show(`  ${cli} status --target production ${config}`);
  narrator.show(`  ${cli} rollouts ${config}`);
  narrator.show(`  ${cli} events --target production ${config}`);
  narrator.show(`  ${cli} rollback --target production --to-previous --reason "trying it" ${config}`);
  narrator.show('Ctrl-C stops everything.');
  await new Promise((resolve) => interrupted.signal.addEventListener('abort', resolve));
}
