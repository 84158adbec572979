import { LlnError, limits } from '@liquid-lln/protocol';

/** What a network takes: enough to check a request against. */
export interface InputShape {
  readonly inputSize: number;
  readonly timeStepDefault: number;
}

/** A checked request, laid out for an engine. */
export interface InferenceRequest {
  readonly steps: number;
  /** steps x input size. */
  readonly inputs: Float32Array;
  readonly timeSteps: Float32Array;
  /** Keeps the recurrent state between calls; null to start from the initial state. */
  readonly session: string | null;
  /** Which device is to answer; null: the one that is asked. */
  readonly device: string | null;
  /** Whether the caller gave a sequence and wants every step's output. */
  readonly isSequence: boolean;
}

const knownKeys = new Set(['input', 'inputs', 'dt', 'session', 'device']);
const floatMax = 3.4028234663852886e38;

/**
 * Checks the body of `POST /inference`.
 * @throws LlnError INPUT_INVALID, naming the element that is wrong.
 */
export function parseInferenceRequest(body: unknown, shape: InputShape): InferenceRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid('the body must be a JSON object');
  const fields = body as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(fields).find((key) => !knownKeys.has(key));
  if (unknown !== undefined) throw invalid(`${unknown.slice(0, 40)} is not a field of a request`);
  const isSequence = fields['inputs'] !== undefined;
  if (isSequence === (fields['input'] !== undefined)) throw invalid('give either input or inputs');
  const rows = isSequence ? parseRows(fields['inputs']) : [fields['input']];
  return {
    steps: rows.length,
    inputs: layOut(rows, isSequence, shape.inputSize),
    timeSteps: parseTimeSteps(fields['dt'], rows.length, shape.timeStepDefault),
    session: parseText(fields['session'], 'session'),
    device: parseText(fields['device'], 'device'),
    isSequence,
  };
}

function parseRows(inputs: unknown): readonly unknown[] {
  if (!Array.isArray(inputs)) throw invalid('inputs must be an array of arrays of numbers');
  if (inputs.length === 0) throw invalid('inputs is empty');
  if (inputs.length > limits.sequenceStepsMax) {
    throw invalid(`inputs has ${inputs.length} steps, the limit is ${limits.sequenceStepsMax}`);
  }
  return inputs;
}

function layOut(rows: readonly unknown[], isSequence: boolean, inputSize: number): Float32Array {
  const inputs = new Float32Array(rows.length * inputSize);
  const nameOf = (step: number) => (isSequence ? `inputs[${step}]` : 'input');
  for (let step = 0; step < rows.length; step += 1) {
    const row = rows[step];
    if (!Array.isArray(row)) throw invalid(`${nameOf(step)} must be an array of numbers`);
    if (row.length !== inputSize)
      throw invalid(`${nameOf(step)} has ${row.length} elements, the network takes ${inputSize}`);
    for (let index = 0; index < inputSize; index += 1) {
      const value: unknown = row[index];
      inputs[step * inputSize + index] = isFloat(value) ? value : refuse(value, `${nameOf(step)}[${index}]`);
    }
  }
  return inputs;
}

function parseTimeSteps(dt: unknown, steps: number, timeStepDefault: number): Float32Array {
  if (dt === undefined || dt === null) return new Float32Array(steps).fill(timeStepDefault);
  if (!Array.isArray(dt)) return new Float32Array(steps).fill(checkTimeStep(dt, 'dt'));
  if (dt.length !== steps) throw invalid(`dt has ${dt.length} elements for ${steps} steps`);
  return Float32Array.from(dt, (value, index) => checkTimeStep(value, `dt[${index}]`));
}

function checkTimeStep(value: unknown, name: string): number {
  const timeStep = checkNumber(value, name);
  if (timeStep < 0) throw invalid(`${name} is ${timeStep}: time does not run backwards`);
  return timeStep;
}

function checkNumber(value: unknown, name: string): number {
  return isFloat(value) ? value : refuse(value, name);
}

/** NaN and infinities are not: no comparison holds for the one, and the others are too large. */
function isFloat(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= floatMax;
}

function refuse(value: unknown, name: string): never {
  if (typeof value !== 'number') throw invalid(`${name} is ${describe(value)}`);
  throw invalid(`${name} is ${value}${Number.isFinite(value) ? ': too large for a 32-bit float' : ''}`);
}

function parseText(value: unknown, name: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' || !/^[\w.:@-]{1,128}$/.test(value)) {
    throw invalid(`${name} must be 1 to 128 of A-Z a-z 0-9 _ . : @ -`);
  }
  return value;
}

/** The marks that `parseLenientJson` leaves for numbers that JSON does not have. */
const numberWords = new Set(['NaN', 'Infinity', '-Infinity']);

function describe(value: unknown): string {
  if (value === null) return 'null, not a number';
  if (typeof value === 'string') return numberWords.has(value) ? value : 'a string, not a number';
  return Array.isArray(value) ? 'an array, not a number' : `a ${typeof value}, not a number`;
}

/**
 * JSON that may hold a bare NaN or Infinity, as many languages print them: they arrive as strings, so that the check
 * after this one can name the element. Anything else that is not JSON is refused.
 * @throws LlnError INPUT_INVALID
 */
export function parseLenientJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const quoted = text.replace(/([[,:]\s*)(NaN|-?Infinity)(?=\s*[,\]}])/g, '$1"$2"');
    if (quoted !== text) return parseLenientJson(quoted);
    throw new LlnError('INPUT_INVALID', 'the body is not JSON', {}, cause);
  }
}

function invalid(message: string): LlnError {
  return new LlnError('INPUT_INVALID', message);
}
