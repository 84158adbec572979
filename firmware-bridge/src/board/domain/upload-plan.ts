import { attemptMsFor, beginPace, type Pace, takeArrival, takeLoss } from './pace.js';

export interface Chunk {
  readonly start: number;
  readonly end: number;
}

/** What is known of an upload that is under way. */
export interface UploadState {
  readonly imageBytes: number;
  readonly window: number;
  readonly chunkBytesMax: number;
  /** Of chunks: how long they may be now. */
  readonly pace: Pace;
  /** The board has all bytes before this one. */
  readonly done: number;
  /** The byte after the last one sent. */
  readonly sent: number;
  /** Sent, and without an answer so far. */
  readonly underWay: readonly Chunk[];
  /** After something was lost: one chunk at a time until one arrives. */
  readonly isCautious: boolean;
  readonly lossesInRow: number;
  /** How long the board and the line take for one chunk, by the answers of late. */
  readonly answerMs: number;
}

/** What an answer, or its absence, means: go on, or ask the board anew where it stands. */
export interface UploadStep {
  readonly state: UploadState;
  readonly isOutOfStep: boolean;
}

/** Small enough for a packet of two lines, and enough for an image's header in the first chunk. */
const chunkBytesMin = 64;
const flashWordBytes = 32;
/** Three times as long, an attempt, is more than erasing a sector usually takes. */
const answerMsAtFirst = 500;
const attemptLimits = { minMs: 150, maxMs: 6_000 };
/** Header, keys and lengths of an upload's message, with the first one's hash. */
const overheadBytes = 112;

export function beginUpload(imageBytes: number, messageBytesMax: number, window: number): UploadState {
  const room = Math.max(chunkBytesMin, messageBytesMax - overheadBytes);
  const chunkBytesMax = room - (room % flashWordBytes);
  return {
    imageBytes,
    window,
    chunkBytesMax,
    pace: beginPace(chunkBytesMax),
    done: 0,
    sent: 0,
    underWay: [],
    isCautious: true,
    lossesInRow: 0,
    answerMs: answerMsAtFirst,
  };
}

/** The board says where it stands: everything else is forgotten. */
export function resumeAt(state: UploadState, offset: number): UploadState {
  const done = Math.min(offset, state.imageBytes);
  return { ...state, done, sent: done, underWay: [], isCautious: true };
}

/** The beginning of the image, as long as chunks may be now. */
export function firstChunk(state: UploadState): Chunk {
  return { start: 0, end: Math.min(chunkBytesOf(state), state.imageBytes) };
}

/** The chunk to send next; null while there is none to send. */
export function nextChunk(state: UploadState): Chunk | null {
  const { underWay, imageBytes, sent } = state;
  if (underWay.length >= (state.isCautious ? 1 : state.window) || sent >= imageBytes) return null;
  return { start: sent, end: Math.min(sent + chunkBytesOf(state), imageBytes) };
}

export function sendChunk(state: UploadState, chunk: Chunk): UploadState {
  return { ...state, sent: chunk.end, underWay: [...state.underWay, chunk] };
}

/** How long to wait for the answer to the chunk that was sent last: those before it come first. */
export function attemptMsOf({ answerMs, underWay, lossesInRow }: UploadState): number {
  return attemptMsFor(answerMs * Math.max(1, underWay.length) * 2 ** lossesInRow, attemptLimits);
}

/**
 * The board wants the byte at `wanted` next. A chunk that it could not use yet is answered like that too.
 * @param answerMs how long the answer took, by the number of chunks that were under way when it was sent.
 */
export function takeChunkAnswer(state: UploadState, chunk: Chunk, wanted: number, answerMs: number): UploadStep {
  const calmer = 0.7 * state.answerMs + 0.3 * answerMs;
  const answered = { ...withoutChunk(state, chunk), answerMs: Math.max(answerMs, calmer) };
  if (wanted >= chunk.end) return { state: arrive(answered, wanted), isOutOfStep: false };
  const isOutOfStep = chunk.start === state.done && wanted < state.done;
  return { state: goBack(answered, Math.max(state.done, wanted)), isOutOfStep };
}

/**
 * No answer came in time: the line may be bad, so the chunks become smaller. Chunks that were sent before they became so
 * are part of the same misfortune.
 */
export function takeChunkLoss(state: UploadState, chunk: Chunk): UploadState {
  const back = goBack(withoutChunk(state, chunk), state.done);
  if (chunk.end - chunk.start > chunkBytesOf(state)) return { ...back, pace: { ...state.pace, arrivalsInRow: 0 } };
  const pace = takeLoss(state.pace, chunkBytesMin);
  // What is shorter takes less time: waiting becomes longer only where chunks cannot become smaller.
  const answerMs = (state.answerMs * pace.bytes) / state.pace.bytes;
  return { ...back, pace, answerMs, lossesInRow: state.lossesInRow + 1 };
}

/** Whole words of flash. */
function chunkBytesOf({ pace }: UploadState): number {
  return pace.bytes - (pace.bytes % flashWordBytes);
}

/** The same bytes may be under way twice: each time is a chunk of its own. */
function withoutChunk(state: UploadState, chunk: Chunk): UploadState {
  return { ...state, underWay: state.underWay.filter((one) => one !== chunk) };
}

function arrive(state: UploadState, wanted: number): UploadState {
  const done = Math.min(state.imageBytes, Math.max(state.done, wanted));
  return {
    ...state,
    done,
    sent: Math.max(state.sent, done),
    isCautious: false,
    lossesInRow: 0,
    pace: takeArrival(state.pace, state.chunkBytesMax),
  };
}

/** What was sent beyond `done` is sent again, but for a chunk at `done` if one is still under way. */
function goBack(state: UploadState, done: number): UploadState {
  const sent = state.underWay.find(({ start }) => start === done)?.end ?? done;
  return { ...state, done, sent, isCautious: true };
}
