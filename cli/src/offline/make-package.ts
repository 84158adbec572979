import { createHash } from 'node:crypto';
import { basename, extname } from 'node:path';
import {
  computeGoldenVector,
  type ImportedModel,
  importReference,
  type Kernel,
  type KernelNetwork,
  parseSafetensors,
  type ReferenceVectors,
} from '@liquid-lln/firmware-bridge';
import {
  type Budgets,
  buildNetworkImage,
  type CsvTable,
  type Digest,
  digestSchema,
  encodePackage,
  type GoldenVector,
  kernelAbi,
  type Manifest,
  makeOutputProfile,
  manifestSchema,
  type OutputProfile,
  parseWith,
  readSeries,
} from '@liquid-lln/protocol';
import { defaultGoldenInputs, goldenInputsFrom } from './golden-inputs.js';
import { runSequence } from './run-network.js';

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
  /** Validation data that the profile of the outputs is made from; null for a package without one. */
  readonly profile: (SourceFile & { readonly table: CsvTable }) | null;
}

/** Makes an unsigned package file. The kernel computes the golden vectors and the profile. */
export function makePackage(request: PackageRequest, kernel: Kernel): Uint8Array {
  const model = importReference(request.configDocument, parseSafetensors(request.weights.content));
  const image = buildNetworkImage(model.description, { defaultTimeStep: model.timeStep.default });
  const network = kernel.open(image);
  try {
    const goldenVectors = computeGoldenVectors(model, network, request.golden);
    const manifest = manifestOf(request, model, goldenVectors);
    const profile =
      request.profile === null ? {} : { outputProfile: profileOf(manifest, network, request.profile.table) };
    return encodePackage({ ...manifest, ...profile }, image);
  } finally {
    network.close();
  }
}

function computeGoldenVectors(
  model: ImportedModel,
  network: KernelNetwork,
  golden: ReferenceVectors | null,
): GoldenVector[] {
  const sources = golden === null ? defaultGoldenInputs(model) : goldenInputsFrom(golden, model.description.inputSize);
  return sources.map(({ inputs, timeSteps }) => computeGoldenVector(network, inputs, timeSteps));
}

/** What the network makes of the validation data, from the zero state at its first row. */
function profileOf(manifest: Manifest, network: KernelNetwork, table: CsvTable): OutputProfile {
  const sequence = readSeries(manifest, table, null);
  const { outputs } = runSequence(network, sequence);
  return makeOutputProfile({
    inputs: Float32Array.from(sequence.inputs.flat()),
    outputs: Float32Array.from(outputs.flat()),
    inputSize: network.inputSize,
    outputSize: network.outputSize,
    range: manifest.outputs.range,
  });
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
    datasets: datasetsOf(request),
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

/** What the package was measured on: the data of its accuracy, and of its profile. */
function datasetsOf({ datasets, profile }: PackageRequest): Manifest['datasets'] {
  const named = datasets.map(datasetOf);
  const ofProfile = profile === null ? [] : [datasetOf(profile)];
  return [...named, ...ofProfile.filter(({ digest }) => named.every((known) => known.digest !== digest))];
}

function sha256(content: Uint8Array): Digest {
  return parseWith(digestSchema, createHash('sha256').update(content).digest('hex'), 'source digest');
}
