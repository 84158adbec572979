import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalFleet } from '../fleet/local-fleet.js';
import { boardProfiles, isBoard } from './boards.js';
import { Narrator } from './narrator.js';
import { type DemoOptions, parseOptions, usage } from './options.js';
import { tellStory } from './story.js';

const interrupted = new AbortController();
const narrator = new Narrator((text) => process.stdout.write(text));

// However often it is asked to stop, it stops everything that it started first; that has an end of its own.
process.on('SIGINT', () => interrupted.abort());
process.on('SIGTERM', () => interrupted.abort());
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args);
    if (options !== null) return await runDemo(options);
    console.log(usage);
    return 0;
  } catch (error) {
    console.error(`${messageOf(error)}\n${usage}`);
    return 2;
  }
}

/** @returns the exit status: 0 only if all that the demo promises was seen. */
async function runDemo({ seed, keep, boards }: DemoOptions): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'liquid-lln-demo-'));
  const running: { stop(): Promise<void> }[] = [];
  let mayRemove = true;
  try {
    const { signal } = interrupted;
    const onRunning = (one: { stop(): Promise<void> }) => running.push(one);
    const story = await tellStory({ folder, seed, boards: boardProfiles[boards], narrator, signal, onRunning });
    if (keep) await keepRunning(story.fleet);
    narrator.say(story.isComplete ? 'all of it was seen' : 'not all of it was seen');
    return story.isComplete ? 0 : 1;
  } catch (error) {
    if (interrupted.signal.aborted) return 130;
    mayRemove = false;
    narrator.say(`the demo cannot go on: ${messageOf(error)}`);
    narrator.say(`the logs are in ${folder}`);
    return 1;
  } finally {
    if (interrupted.signal.aborted) narrator.say('stopping everything');
    for (const one of running.reverse()) await one.stop();
    if (mayRemove) rmSync(folder, { recursive: true, force: true });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Says what to try, and waits for Ctrl-C. */
async function keepRunning(fleet: LocalFleet): Promise<void> {
  const [device] = fleet.devices;
  const board = fleet.devices.find(isBoard);
  const config = `--config ${fleet.operatorFile}`;
  narrator.chapter('It goes on running. Try:');
  narrator.show(`  curl -X POST ${device?.url}/inference -d '{"input":[21.2,26.5,420,720]}'`);
  if (board !== undefined) {
    const body = `{"input":[21.2,26.5,420,720],"device":"${board.deviceId}"}`;
    narrator.show(`  curl -X POST ${board.url}/inference -d '${body}'`);
  }
  narrator.show(`  curl '${device?.url}/health?verbose'`);
  narrator.show(`  npx liquid-lln status --target production ${config}`);
  narrator.show(`  npx liquid-lln rollouts ${config}`);
  narrator.show(`  npx liquid-lln events --target production ${config}`);
  narrator.show(`  npx liquid-lln rollback --target production --to-previous --reason "trying it" ${config}`);
  narrator.show('Ctrl-C stops everything.');
  await new Promise((resolve) => interrupted.signal.addEventListener('abort', resolve));
}
