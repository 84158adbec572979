import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadKernel } from '@liquid-lln/firmware-bridge';
import { decodePackage } from '@liquid-lln/protocol';
import { expectCli } from '../fleet/cli.js';
import { examplesFolder } from '../fleet/project-paths.js';

export interface DemoPackage {
  /** `name@version` */
  readonly title: string;
  readonly file: string;
  readonly latencyMsBudget: number;
}

export interface DemoPackages {
  readonly first: DemoPackage;
  readonly better: DemoPackage;
  readonly tooSlow: DemoPackage;
  /** What one step of the slow network takes on this machine, at its quickest. */
  readonly slowStepMs: number;
}

/** What a package is made of. */
export interface Recipe {
  /** One of the examples. */
  readonly network: string;
  readonly name: string;
  readonly version: string;
  readonly latencyMs: number;
}

/** Room enough for a busy machine: a step of these networks takes some ten microseconds. */
const generousMs = 100;
/** The slow one gets a budget that it misses by this factor even when it has the machine to itself. */
const tooSlowBy = 4;

/**
 * Packs and signs the three packages of the demo with the command line. The last is in order in every respect but one:
 * measured on this machine, its network takes far longer than the budget that it promises to keep.
 */
export async function makePackages(folder: string, signingKey: string, signal: AbortSignal): Promise<DemoPackages> {
  const make = (recipe: Recipe) => packExample(folder, signingKey, recipe, signal);
  const first = await make({
    network: 'occupancy-cfc',
    name: 'occupancy-cfc',
    version: '1.0.0',
    latencyMs: generousMs,
  });
  const better = await make({
    network: 'occupancy-ltc',
    name: 'occupancy-ltc',
    version: '1.1.0',
    latencyMs: generousMs,
  });
  const slow = { network: 'occupancy-cfc-slow', name: 'occupancy-cfc', version: '1.2.0' };
  const draft = await make({ ...slow, version: '1.2.0-draft', latencyMs: generousMs });
  const slowStepMs = measureStepMs(draft.file);
  const tooSlow = await make({ ...slow, latencyMs: Number((slowStepMs / tooSlowBy).toPrecision(2)) });
  return { first, better, tooSlow, slowStepMs };
}

/** Packs and signs an example with the command line. */
export async function packExample(
  folder: string,
  key: string,
  { network, name, version, latencyMs }: Recipe,
  signal?: AbortSignal,
): Promise<DemoPackage> {
  const file = join(folder, `${name}-${version}.liquid`);
  const source = join(examplesFolder, network);
  const from = ['--weights', `${source}.safetensors`, '--config', `${source}.json`];
  const identity = ['--name', name, '--version', version];
  await expectCli(['pack', ...from, ...identity, '--latency-ms', `${latencyMs}`, '--key', key, '-o', file], signal);
  return { title: `${name}@${version}`, file, latencyMsBudget: latencyMs };
}

/** The quickest of many steps: what the network needs when nothing disturbs it. */
function measureStepMs(file: string): number {
  const network = loadKernel().open(decodePackage(readFileSync(file)).image);
  const state = network.createState();
  const input = Float32Array.of(21, 26, 420, 720).subarray(0, network.inputSize);
  const output = new Float32Array(network.outputSize);
  let quickestMs = Number.POSITIVE_INFINITY;
  for (let step = 0; step < 200; step += 1) {
    const startMs = performance.now();
    network.step(state, input, 1, output);
    quickestMs = Math.min(quickestMs, performance.now() - startMs);
  }
  network.close();
  return quickestMs;
}
