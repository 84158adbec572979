export type { Board, UploadOptions } from './board/board.js';
export type {
  BoardAnswer,
  BoardDifference,
  BoardHealth,
  BoardImage,
  BoardInference,
  BoardInfo,
  BoardLogLine,
  BoardProfile,
  BoardResetCause,
} from './board/domain/board-values.js';
export { type BoardConnection, boardOver, connectBoard } from './board/index.js';
export type { Connection, ConnectionHandlers, Transport } from './board/ports/transport.js';
export { boardProgramPath, type LocalBoardKind } from './board/program.js';
export { type ImportedMetrics, type ImportedModel, importReference } from './import/reference.js';
export { parseReferenceVectors, type ReferenceVectors } from './import/reference-vectors.js';
export { parseSafetensors, type Tensor, type Tensors } from './import/safetensors.js';
export { checkGoldenVectors, computeGoldenVector } from './kernel/golden-vectors.js';
export { type Kernel, type KernelOptions, loadKernel } from './kernel/kernel.js';
export type { KernelBatch, KernelNetwork, KernelState } from './kernel/network.js';
export { kernelStatuses } from './kernel/status.js';
