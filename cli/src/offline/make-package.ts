import { createHash } from 'node:crypto';
import { basename, extname } from 'node:path';
import {
  computeGoldenVector,
  type ImportedModel,
  importReference,
  type Kernel,
  parseSafetensors,
  type ReferenceVectors,
} from '@liquid-lln/firmware-bridge';
import {
  type Budgets,
  buildNetworkImage,
  type Digest,
  digestSchema,
  encodePackage,
  type GoldenVector,
  kernelAbi,
  type Manifest,
  manifestSchema,
  parseWith,
} from '@liquid-lln/protocol';
import { defaultGoldenInputs, goldenInputsFrom } from './golden-inputs.js';

/** A source file: its name goes into the provenance, its folder does not. */
interface SourceFile {
  readonly path: string;
  readonly content: Uint8Array;
}

/** All that a package is made of: the same request gives the same bytes. */
export interface PackageRequest {
  readonly weights: SourceFile;
  readonly config: SourceFile;
  /** The content of `config`. */
  readonly configDocument: unknown;
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly createdMs: number;
  readonly budgets: Budgets;
  readonly outputRange: [number, number] | null;
  /** What the promised accuracy was measured on. */
  readonly datasets: readonly SourceFile[];
  /** What the golden vectors are computed from; null for made-up inputs. */
  readonly golden: ReferenceVectors | null;
}

/** Makes an unsigned package file. The kernel computes the golden vectors. */
export function makePackage(request: PackageRequest, kernel: Kernel): Uint8Array {
  const model = importReference(request.configDocument, parseSafetensors(request.weights.content));
  const image = buildNetworkImage(model.description, { defaultTimeStep: model.timeStep.default });
  const goldenVectors = computeGoldenVectors(model, image, request.golden, kernel);
  return encodePackage(manifestOf(request, model, goldenVectors), image);
}

function computeGoldenVectors(
  model: ImportedModel,
  image: Uint8Array,
  golden: ReferenceVectors | null,
  kernel: Kernel,
): GoldenVector[] {
  const sources = golden === null ? defaultGoldenInputs(model) : goldenInputsFrom(golden, model.description.inputSize);
  const network = kernel.open(image);
  try {
    return sources.map(({ inputs, timeSteps }) => computeGoldenVector(network, inputs, timeSteps));
  } finally {
    network.close();
  }
}

function manifestOf(request: PackageRequest, model: ImportedModel, goldenVectors: GoldenVector[]): Manifest {
  const manifest = {
    name: request.name,
    version: request.version,
    description: request.description,
    createdMs: request.createdMs,
    kernelAbi,
    network: model.summary,
    inputs: model.inputs,
    normalisation: model.normalisation,
    outputs: { ...model.outputs, range: request.outputRange ?? model.outputs.range },
    timeStep: model.timeStep,
    budgets: request.budgets,
    baseline: null,
    goldenVectors,
    datasets: request.datasets.map(datasetOf),
    provenance: [request.weights, request.config].map(provenanceOf),
  };
  return parseWith(manifestSchema, manifest, 'manifest', 'MANIFEST_INVALID');
}

function provenanceOf({ path, content }: SourceFile): Manifest['provenance'][number] {
  return { file: basename(path), digest: sha256(content) };
}

function datasetOf({ path, content }: SourceFile): Manifest['datasets'][number] {
  return { name: basename(path, extname(path)), digest: sha256(content) };
}

function sha256(content: Uint8Array): Digest {
  return parseWith(digestSchema, createHash('sha256').update(content).digest('hex'), 'source digest');
}
