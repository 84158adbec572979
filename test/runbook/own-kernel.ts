import { readFileSync } from 'node:fs';
import { loadKernel } from '@liquid-lln/firmware-bridge';
import { decodePackage, parseCsv, readSeries } from '@liquid-lln/protocol';

// What the kernel of this process makes of a package: what devices say is held against it.

const timedSteps = 301;

/** The first step of a package, as this process computes it. */
export function stepOnce(file: string, input: readonly number[]): number[] {
  const { manifest, image } = decodePackage(readFileSync(file));
  const network = loadKernel().open(image);
  const output = new Float32Array(network.outputSize);
  network.step(network.createState(), Float32Array.from(input), manifest.timeStep.default, output);
  return [...output];
}

/** What a step of a package takes in this process: the median, in microseconds. */
export function stepUsOf(file: string): number {
  const { manifest, image } = decodePackage(readFileSync(file));
  const network = loadKernel().open(image);
  const [state, output] = [network.createState(), new Float32Array(network.outputSize)];
  const input = new Float32Array(network.inputSize).fill(1);
  const took = Array.from({ length: timedSteps }, () => {
    const beganMs = performance.now();
    network.step(state, input, manifest.timeStep.default, output);
    return (performance.now() - beganMs) * 1_000;
  });
  return took.sort((a, b) => a - b)[(timedSteps - 1) / 2] ?? 0;
}

/** What a package decides row by row, its state carried, in this process. */
export function answersOf(file: string, csv: string): number[] {
  const { manifest, image } = decodePackage(readFileSync(file));
  const network = loadKernel().open(image);
  const state = network.createState();
  const output = new Float32Array(network.outputSize);
  const { inputs, timeSteps } = readSeries(manifest, parseCsv(csv), null);
  return inputs.map((input, row) => {
    network.step(state, Float32Array.from(input), timeSteps[row] ?? 0, output);
    return output.indexOf(Math.max(...output));
  });
}
