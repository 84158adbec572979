import { buildNetworkImage, type NetworkDescription } from '@liquid-lln/protocol';
import { exampleNetworks } from './example-networks.js';
import { readReferenceModel, readReferenceVectors, referenceNames } from './reference-networks.js';

/** A network and what it is run with. */
export interface IdentitySet {
  readonly network: NetworkDescription;
  readonly state: readonly number[];
  readonly timeSteps: readonly number[];
  readonly inputs: readonly (readonly number[])[];
}

const magic = 0x4449494c;
const alignment = 32;
const argumentCount = 100_000;

/** All sets of a reference folder. */
export function referenceSets(folder: string): IdentitySet[] {
  return referenceNames(folder).map((name) => {
    const { description } = readReferenceModel(folder, name);
    const vectors = readReferenceVectors(folder, name);
    const state = [...vectors.initialState, ...(vectors.initialMemory ?? [])];
    return { network: description, state, timeSteps: vectors.timeSteps, inputs: vectors.inputs };
  });
}

/** A network of every kind, for where there is no reference folder. */
export function exampleSets(): IdentitySet[] {
  return exampleNetworks().map(({ network }) => {
    const state = Array.from({ length: network.units * (network.memory === null ? 1 : 2) }, (_, i) => Math.sin(i));
    const timeSteps = Array.from({ length: 50 }, (_, step) => step / 7);
    const inputs = timeSteps.map((time) => Array.from({ length: network.inputSize }, (_, i) => Math.cos(time * 9 + i)));
    return { network, state, timeSteps, inputs };
  });
}

/** The data file of firmware-bridge/kernel/test/identity: its layout is in identity.h. */
export function identityData(sets: readonly IdentitySet[]): Buffer {
  const head = words([magic, sets.length, argumentCount]);
  return Buffer.concat([...[head, ...sets.flatMap(setParts)].map(padded), Buffer.from(randomArguments().buffer)]);
}

function setParts({ network, state, timeSteps, inputs }: IdentitySet): Buffer[] {
  const image = Buffer.from(buildNetworkImage(network, { defaultTimeStep: 1 }));
  const head = words([image.length, timeSteps.length, state.length, network.inputSize]);
  return [head, image, floats(state), floats(timeSteps), floats(inputs.flat())];
}

function words(values: readonly number[]): Buffer {
  return Buffer.from(Uint32Array.from(values).buffer);
}

function floats(values: readonly number[]): Buffer {
  return Buffer.from(Float32Array.from(values).buffer);
}

function padded(part: Buffer): Buffer {
  return Buffer.concat([part, Buffer.alloc((alignment - (part.length % alignment)) % alignment)]);
}

/** Bit patterns: the special ones, then a third of ordinary size, a third denormal, a third anything at all. */
function randomArguments(): Uint32Array<ArrayBuffer> {
  const special = [0, 1, 0x007fffff, 0x00800000, 0x3f800000, 0x42b17218, 0x42cff1b5, 0x7f7fffff, 0x7f800000];
  const notANumber = [0x7f800001, 0x7fa00000, 0x7fc00000, 0x7fffffff];
  const signed = [...special, ...notANumber].flatMap((bits) => [bits, bits + 0x80000000]);
  let state = 2_463_534_242;
  const random = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  return Uint32Array.from({ length: argumentCount }, (_, i) => {
    const bits = random();
    if (i < signed.length) return signed[i] ?? 0;
    const exponent = i % 3 === 0 ? 0x3c000000 + (bits & 0x07800000) : 0;
    return i % 3 === 2 ? bits : (bits & 0x807fffff) | exponent;
  });
}
