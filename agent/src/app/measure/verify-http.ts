import { type Check, type GoldenVector, LlnError, type Manifest } from '@liquid-lln/protocol';
import * as v from 'valibot';
import { readFloats } from '../golden-row.js';
import type { MeasureContext } from './measurement.js';

type Found = Omit<Check, 'name' | 'seconds'>;

/** Of the vector that is asked over HTTP. */
const stepsMax = 50;
const answerSchema = v.object({ outputs: v.array(v.array(v.number())), model: v.object({ digest: v.string() }) });
const problemSchema = v.object({ code: v.string() });

/** The device's own `/inference` is asked for a golden vector, as any client would; the answer is compared bit for bit. */
export async function checkAnswering(context: MeasureContext): Promise<Found> {
  const { subject } = context;
  if (!subject.isLive) return { state: 'skipped', detail: 'it serves nobody yet' };
  const { manifest } = subject.model.package;
  const answer = await askForVector(context, manifest);
  if (answer.digest === null) return { state: 'failed', detail: answer.detail };
  const detail = `POST /inference, ${answer.steps} steps of a golden vector`;
  return answer.isExact ? { state: 'passed', detail } : { state: 'failed', detail: `${detail}: other outputs` };
}

/** What `/inference` made of a package's golden vector. */
export interface VectorAnswer {
  readonly steps: number;
  /** Of the package that answered; null if there was no answer: `detail` says why. */
  readonly digest: string | null;
  /** Whether the outputs are those that the manifest promises, bit for bit. */
  readonly isExact: boolean;
  readonly detail: string;
}

/** Asks the device's own `/inference` for the shortest golden vector of a package, whatever serves. */
export async function askForVector(
  { ask, deviceId }: Pick<MeasureContext, 'ask' | 'deviceId'>,
  { goldenVectors, network }: Pick<Manifest, 'goldenVectors' | 'network'>,
): Promise<VectorAnswer> {
  const vector = shortestOf(goldenVectors);
  const steps = Math.min(stepsMax, vector.steps);
  const inputs = rowsOf(readFloats(vector.inputs, 0, steps * network.inputSize), network.inputSize);
  const { status, body } = await ask(
    JSON.stringify({ inputs, dt: [...readFloats(vector.timeSteps, 0, steps)], device: deviceId }),
  );
  const answer = v.safeParse(answerSchema, parse(body));
  if (status !== 200 || !answer.success)
    return { steps, digest: null, isExact: false, detail: `HTTP ${status}: ${body.slice(0, 300)}` };
  const expected = readFloats(vector.outputs, 0, steps * network.outputSize);
  const given = answer.output.outputs.flat();
  const isExact =
    given.length === expected.length && given.every((value, index) => Object.is(Math.fround(value), expected[index]));
  return { steps, digest: answer.output.model.digest, isExact, detail: '' };
}

/** What clients get wrong is refused with a reason, breaks nothing and is not held against the package. */
export async function checkMalformedInput(context: MeasureContext): Promise<Found> {
  const { subject, ask, errors } = context;
  if (!subject.isLive) return { state: 'skipped', detail: 'it serves nobody yet' };
  const before = errors();
  const bodies = malformedBodies(subject.model.package.manifest.network.inputSize);
  for (const [what, body] of bodies) {
    const answer = await ask(body);
    const problem = v.safeParse(problemSchema, parse(answer.body));
    if (answer.status < 400 || answer.status > 499 || !problem.success)
      return { state: 'failed', detail: `${what}: HTTP ${answer.status} ${answer.body.slice(0, 200)}` };
  }
  const good = await checkAnswering(context);
  if (good.state !== 'passed') return { state: 'failed', detail: `afterwards: ${good.detail}` };
  const more = errors() - before;
  if (more > 0) return { state: 'failed', detail: `${more} errors were counted against the package` };
  return { state: 'passed', detail: `${bodies.length} malformed requests refused, none counted against the package` };
}

/** Each breaks one thing. */
export function malformedBodies(inputSize: number): [what: string, body: string][] {
  const good = Array<number>(inputSize).fill(0);
  const withFirst = (value: unknown) => JSON.stringify({ input: [value, ...good.slice(1)] });
  return [
    ['no JSON', 'input=1'],
    ['cut off', '{"input":[1'],
    ['an array', '[]'],
    ['no input', '{}'],
    ['one value too many', JSON.stringify({ input: [...good, 0] })],
    ['no values', JSON.stringify({ input: [] })],
    ['NaN', JSON.stringify({ input: good }).replace('0', 'NaN')],
    ['a string', withFirst('1')],
    ['null', withFirst(null)],
    ['too large for a float', withFirst(1e39)],
    ['an empty sequence', JSON.stringify({ inputs: [] })],
    ['time that runs backwards', JSON.stringify({ input: good, dt: -1 })],
    ['an unknown field', JSON.stringify({ input: good, model: 'x' })],
  ];
}

function shortestOf(vectors: readonly GoldenVector[]): GoldenVector {
  const [shortest] = [...vectors].sort((a, b) => a.steps - b.steps);
  if (shortest === undefined) throw new LlnError('INTERNAL', 'the package has no golden vectors');
  return shortest;
}

function rowsOf(values: Float32Array, size: number): number[][] {
  return Array.from({ length: values.length / size }, (_, row) => [...values.subarray(row * size, (row + 1) * size)]);
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
