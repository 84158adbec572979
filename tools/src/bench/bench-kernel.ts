import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importReference, type Kernel, loadKernel, parseSafetensors } from '@liquid-lln/firmware-bridge';
import { buildNetworkImage } from '@liquid-lln/protocol';
import { examplesFolder } from '../fleet/project-paths.js';
import type { BenchResult } from './report.js';

const networks = ['occupancy-cfc', 'occupancy-ltc', 'occupancy-cfc-slow'];
/** A round is timed as a whole: one step is shorter than the clock's grain. */
const stepsPerRound = 500;
const rounds = 40;

/** What one step of each example network takes through the binding, one call a step. */
export function benchKernel(): BenchResult[] {
  const kernel = loadKernel();
  return networks.flatMap((name) => {
    const roundsUs = Array.from({ length: rounds }, stepTimer(kernel, name)).sort((a, b) => a - b);
    const at = (share: number) => Number((roundsUs[Math.floor(share * (rounds - 1))] ?? 0).toPrecision(3));
    return [
      { case: name, metric: 'step-min', value: at(0), unit: 'us' },
      { case: name, metric: 'step-median', value: at(0.5), unit: 'us' },
    ];
  });
}

/** A function that times one round and gives the microseconds of a step. */
function stepTimer(kernel: Kernel, name: string): () => number {
  const config: unknown = JSON.parse(readFileSync(join(examplesFolder, `${name}.json`), 'utf8'));
  const weights = parseSafetensors(readFileSync(join(examplesFolder, `${name}.safetensors`)));
  const { description, timeStep } = importReference(config, weights);
  const network = kernel.open(buildNetworkImage(description, { defaultTimeStep: timeStep.default }));
  const state = network.createState();
  const input = Float32Array.of(21, 26, 420, 720);
  const output = new Float32Array(network.outputSize);
  return () => {
    const startMs = performance.now();
    for (let step = 0; step < stepsPerRound; step += 1) network.step(state, input, timeStep.default, output);
    return ((performance.now() - startMs) * 1000) / stepsPerRound;
  };
}
