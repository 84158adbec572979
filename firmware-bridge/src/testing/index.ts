export { encodeFrame } from '../board/domain/frame.js';
export { type DecoderState, decodeFrames, decoderStart } from '../board/domain/frame-decoder.js';
export {
  beginParts,
  type PartPlan,
  type PlannedPart,
  planPart,
  takePartAnswer,
  takePartLoss,
} from '../board/domain/part-plan.js';
export { decodeSmp, encodeSmp, type SmpMessage } from '../board/domain/smp-message.js';
export type { LineFaults } from './line-faults.js';
export { MockBoard, type MockBoardInit } from './mock-board.js';
export { MockLine, type MockLineInit } from './mock-line.js';
