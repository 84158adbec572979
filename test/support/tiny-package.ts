import { createHash } from 'node:crypto';
import {
  buildNetworkImage,
  type DenseLayer,
  decodePackage,
  encodePackage,
  type Manifest,
  manifestSchema,
  type NetworkDescription,
  parseWith,
} from '@liquid-lln/protocol';

/** What tests like to vary about the smallest package. */
export interface TinyPackageOptions {
  readonly name?: string;
  readonly version?: string;
  readonly units?: number;
  /** Every weight of the network; another weight gives another image. */
  readonly weight?: number;
}

/** The image of a CfC with one input and as many outputs as units. */
export function tinyImage({ units = 2, weight = 0.5 }: TinyPackageOptions = {}): Uint8Array {
  return buildNetworkImage(tinyNetwork(units, weight), { defaultTimeStep: 1 });
}

/** The manifest of `tinyImage`. Its golden vector has the right size; nobody computed it. */
export function tinyManifest({ name = 'tiny', version = '1.0.0', units = 2 }: TinyPackageOptions = {}): Manifest {
  const channels = Array.from({ length: units }, (_, index) => ({ name: `out${index}`, unit: '' }));
  const manifest = {
    name,
    version,
    description: 'the smallest package',
    createdMs: 1_760_000_000_000,
    kernelAbi: 1,
    network: {
      cell: 'cfc',
      mode: 'default',
      mixedMemory: false,
      inputSize: 1,
      units,
      outputSize: units,
      wiring: null,
      parameters: 4 * units * (units + 2),
    },
    inputs: [{ name: 'in', unit: 'lux' }],
    normalisation: null,
    outputs: { channels, kind: 'values', labels: null, range: [-1.5, 1.5] },
    timeStep: { unit: 'second', default: 1 },
    budgets: {
      latencyMs: 5,
      energyMw: null,
      accuracy: 0.97,
      memoryKb: null,
      temperatureMinC: -10,
      temperatureMaxC: 60,
    },
    baseline: null,
    goldenVectors: [
      {
        steps: 1,
        inputs: new Uint8Array(4),
        timeSteps: new Uint8Array(4),
        outputs: new Uint8Array(4 * units),
        stateFinal: new Uint8Array(4 * units),
      },
    ],
    datasets: [],
    provenance: [],
  };
  return parseWith(manifestSchema, manifest, 'tiny manifest');
}

/** The smallest unsigned package file. */
export function tinyPackage(options: TinyPackageOptions = {}): Uint8Array {
  return encodePackage(tinyManifest(options), tinyImage(options));
}

/** A package file for a kernel that does not exist yet, as whole and well-formed as a newer version would make it. */
export function packageForAbi(kernelAbi: number): Uint8Array {
  const file = Buffer.from(tinyPackage());
  const { digest, image } = decodePackage(file);
  const manifestEnd = 12 + file.readUInt32LE(8);
  const imageStart = file.indexOf(image);
  file[file.indexOf('kernelAbi') + 'kernelAbi'.length] = kernelAbi;
  file[imageStart + 4] = kernelAbi;
  const digestStart = file.indexOf(Buffer.from(digest, 'hex'));
  const content = createHash('sha256').update(file.subarray(12, manifestEnd));
  file.set(content.update(file.subarray(imageStart, imageStart + image.length)).digest(), digestStart);
  return file;
}

/** The digest of a package file. */
export function digestOf(file: Uint8Array): string {
  return decodePackage(file).digest;
}

function tinyNetwork(units: number, weight: number): NetworkDescription {
  const dense = (sign: number): DenseLayer => ({
    outputs: units,
    inputs: 1 + units,
    weight: new Float32Array(units * (1 + units)).fill(sign * weight),
    bias: new Float32Array(units),
    mask: null,
  });
  const heads = { mode: 'default' as const, ff1: dense(1), ff2: dense(-1), timeA: dense(0.5), timeB: dense(0.25) };
  return {
    inputSize: 1,
    units,
    outputSize: units,
    normalisation: null,
    memory: null,
    cell: { kind: 'cfc', backbone: [], activation: 'tanh', heads },
    readout: null,
  };
}
