import { crc32 } from '../base/crc32.js';
import { LlnError } from '../base/errors.js';
import {
  activationCodes,
  headerOffsets as at,
  cellCodes,
  imageAlignment,
  imageFlags,
  imageHeaderBytes,
  imageLimits,
  imageMagic,
  kernelAbi,
  modeCodes,
} from './image-layout.js';

export type CellKind = keyof typeof cellCodes;

/** What a network image says about itself. */
export interface ImageHeader {
  readonly abi: number;
  readonly totalBytes: number;
  readonly cell: CellKind;
  readonly inputSize: number;
  readonly units: number;
  readonly outputSize: number;
  readonly hasNormalisation: boolean;
  readonly hasMemory: boolean;
  readonly hasReadout: boolean;
  readonly defaultTimeStep: number;
}

/**
 * Reads an image's header and checks everything about it that can be told without the tables, the checksum included.
 * The kernel checks the tables.
 * @throws LlnError IMAGE_INVALID, IMAGE_ABI_UNSUPPORTED
 */
export function readImageHeader(image: Uint8Array): ImageHeader {
  if (image.length < imageHeaderBytes) fail(`has ${image.length} bytes, fewer than its header`);
  const view = new DataView(image.buffer, image.byteOffset, image.length);
  if (imageMagic.some((byte, i) => image[i] !== byte)) fail('does not start with LNET');
  const abi = view.getUint16(at.abi, true);
  if (abi !== kernelAbi) {
    throw new LlnError('IMAGE_ABI_UNSUPPORTED', `the network image is for kernel ABI ${abi}, not ${kernelAbi}`, {
      abi,
    });
  }
  checkLength(view);
  checkSum(image, view);
  checkSizes(view);
  return describe(view, checkCell(view));
}

function checkLength(view: DataView): void {
  const total = view.getUint32(at.totalBytes, true);
  const isPossible = total === view.byteLength && total % imageAlignment === 0 && total <= imageLimits.imageBytesMax;
  if (!isPossible) fail(`has ${view.byteLength} bytes and says ${total}`);
}

function checkSum(image: Uint8Array, view: DataView): void {
  const before = crc32(image.subarray(0, at.crc32));
  const field = crc32(new Uint8Array(4), before);
  if (crc32(image.subarray(at.crc32 + 4), field) !== view.getUint32(at.crc32, true)) fail('has a wrong checksum');
}

function checkSizes(view: DataView): void {
  const u16 = (offset: number) => view.getUint16(offset, true);
  requireRange('header length', u16(at.headerBytes), imageHeaderBytes, imageHeaderBytes);
  requireRange('flags', view.getUint8(at.flags), 0, imageFlags.all);
  requireRange('input size', u16(at.inputSize), 1, imageLimits.sizeMax);
  requireRange('units', u16(at.units), 1, imageLimits.sizeMax);
  requireRange('output size', u16(at.outputSize), 1, imageLimits.sizeMax);
  requireRange('cell output size', u16(at.cellOutputSize), 1, u16(at.units));
  requireRange('cell output start', u16(at.cellOutputStart), 0, u16(at.units) - u16(at.cellOutputSize));
  requireRange('table count', u16(at.tableCount), 1, imageLimits.tablesMax);
  const hasReadout = (view.getUint8(at.flags) & imageFlags.readout) !== 0;
  if (!hasReadout && u16(at.outputSize) !== u16(at.cellOutputSize)) fail('has an output size without its readout');
  const step = view.getFloat32(at.defaultTimeStep, true);
  if (!(step > 0 && Number.isFinite(step))) fail(`has the default time step ${step}`);
  for (let i = at.reserved; i < imageHeaderBytes; i++) {
    if (view.getUint8(i) !== 0) fail(`has a reserved byte that is not zero at ${i}`);
  }
}

/** The fields that only some cells use: in range where they mean something, zero where they do not. */
function checkCell(view: DataView): CellKind {
  const kind = cellKindOf(view.getUint8(at.cell));
  const isCfc = kind === 'cfc' || kind === 'wired-cfc';
  const isLtc = kind === 'ltc';
  const layers = view.getUint16(at.layers, true);
  const hasActivation = kind === 'cfc' && layers > 0;
  requireRange('mode', view.getUint8(at.mode), 0, isCfc ? modeCodes.pure : 0);
  requireRange('layers', layers, ...layersOf(kind));
  requireRange(
    'activation',
    view.getUint8(at.activation),
    hasActivation ? activationCodes.lecun_tanh : 0,
    hasActivation ? activationCodes.gelu : 0,
  );
  requireRange('unfolds', view.getUint16(at.unfolds, true), isLtc ? 1 : 0, isLtc ? imageLimits.unfoldsMax : 0);
  const epsilon = view.getFloat32(at.epsilon, true);
  const isEpsilonValid = isLtc ? epsilon >= 0 && Number.isFinite(epsilon) : view.getUint32(at.epsilon, true) === 0;
  if (!isEpsilonValid) fail(`has the epsilon ${epsilon}`);
  const flags = view.getUint8(at.flags);
  const strangers = (isLtc ? 0 : imageFlags.inputMap | imageFlags.outputMap) | (kind === 'gru' ? imageFlags.memory : 0);
  if ((flags & strangers) !== 0) fail(`has flags ${flags} that a ${kind} does not know`);
  checkCellOutput(view, kind);
  return kind;
}

/** Only the last layer of a wiring begins its output elsewhere than at 0; only an LTC shows less than its units. */
function checkCellOutput(view: DataView, kind: CellKind): void {
  const start = view.getUint16(at.cellOutputStart, true);
  const size = view.getUint16(at.cellOutputSize, true);
  const units = view.getUint16(at.units, true);
  const isRight = kind === 'ltc' ? start === 0 : start + size === units && (kind === 'wired-cfc' || start === 0);
  if (!isRight) fail(`has its cell's output at ${start} to ${start + size} of ${units}`);
}

function layersOf(kind: CellKind): [number, number] {
  if (kind === 'cfc') return [0, imageLimits.backboneLayersMax];
  return kind === 'wired-cfc' ? [1, imageLimits.wiringLayersMax] : [0, 0];
}

function cellKindOf(code: number): CellKind {
  const kinds: readonly CellKind[] = ['cfc', 'wired-cfc', 'ltc', 'gru'];
  return kinds.find((kind) => cellCodes[kind] === code) ?? fail(`has the unknown cell ${code}`);
}

function describe(view: DataView, cell: CellKind): ImageHeader {
  const flags = view.getUint8(at.flags);
  return {
    abi: view.getUint16(at.abi, true),
    totalBytes: view.byteLength,
    cell,
    inputSize: view.getUint16(at.inputSize, true),
    units: view.getUint16(at.units, true),
    outputSize: view.getUint16(at.outputSize, true),
    hasNormalisation: (flags & imageFlags.normalisation) !== 0,
    hasMemory: (flags & imageFlags.memory) !== 0,
    hasReadout: (flags & imageFlags.readout) !== 0,
    defaultTimeStep: view.getFloat32(at.defaultTimeStep, true),
  };
}

function requireRange(what: string, value: number, min: number, max: number): void {
  if (value < min || value > max) fail(`has the ${what} ${value}, which is not between ${min} and ${max}`);
}

function fail(what: string): never {
  throw new LlnError('IMAGE_INVALID', `the network image ${what}`);
}
