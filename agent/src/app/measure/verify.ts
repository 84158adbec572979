import {
  type Check,
  type CheckName,
  type CheckState,
  type DrillFindings,
  energyVerdict,
  type GoldenVector,
  isLlnError,
  toErrorReport,
  type VerifyFindings,
} from '@liquid-lln/protocol';
import { readFloats } from '../golden-row.js';
import { attemptInference } from '../inference-attempt.js';
import { measureAccuracy } from './measure-accuracy.js';
import { measureEnergy } from './measure-energy.js';
import { measureLatency } from './measure-latency.js';
import type { MeasureContext, SpecOf } from './measurement.js';
import { checkDrill, type DrillOutcome } from './verify-drill.js';
import { checkAnswering, checkMalformedInput } from './verify-http.js';

type Found = Omit<Check, 'name' | 'seconds'>;
type Checker = (spec: SpecOf<'verify'>, context: MeasureContext) => Promise<DrillOutcome>;

/** Of the budgets: enough to tell, and soon over. */
const latencySamples = 300;
const energySeconds = 6;

/** How each check is made; `version` and the rest of `telemetry` only the coordinator can tell. */
const checkers: { readonly [K in Exclude<CheckName, 'version'>]: Checker } = {
  'golden-vectors': (_, context) => checkGoldenVectors(context),
  answering: (_, context) => checkAnswering(context),
  'malformed-input': (_, context) => checkMalformedInput(context),
  latency: (_, context) => checkLatency(context),
  energy: (_, context) => checkEnergy(context),
  temperature: async (_, context) => checkTemperature(context),
  memory: async (_, context) => checkMemory(context),
  accuracy: checkAccuracy,
  telemetry: async (_, { subject }) =>
    subject.isLive ? told('passed', 'a health message was sent after the inferences') : notServing,
  drill: checkDrill,
};

const notServing: Found = { state: 'skipped', detail: 'it serves nobody yet' };

/** Makes the checks one after the other; one that cannot be made has failed. */
export async function verify(spec: SpecOf<'verify'>, context: MeasureContext): Promise<VerifyFindings> {
  const checks: Check[] = [];
  let drill: DrillFindings | undefined;
  for (const name of spec.checks) {
    if (name !== 'version') {
      const made = await makeCheck(name, spec, context);
      checks.push(made.check);
      drill ??= made.drill;
    }
    context.onProgress({ done: checks.length, total: spec.checks.length, unit: 'checks' });
  }
  const isTold = spec.checks.includes('telemetry') && context.subject.isLive;
  const telemetry = isTold ? context.tellHealth() : null;
  return { kind: 'verify', suite: spec.suite, checks, telemetry, ...(drill === undefined ? {} : { drill }) };
}

async function makeCheck(
  name: Exclude<CheckName, 'version'>,
  spec: SpecOf<'verify'>,
  context: MeasureContext,
): Promise<{ readonly check: Check; readonly drill?: DrillFindings | undefined }> {
  const beganMs = context.clock.monotonicMs();
  const seconds = () => (context.clock.monotonicMs() - beganMs) / 1_000;
  try {
    const { drill, ...found } = await checkers[name](spec, { ...context, onProgress: () => undefined });
    return { check: { name, ...found, seconds: seconds() }, drill };
  } catch (error) {
    context.signal.throwIfAborted();
    const { code, message } = toErrorReport(error);
    const state = isLlnError(error, 'BOARD_UNREACHABLE') ? 'inconclusive' : 'failed';
    return { check: { name, state, detail: `${code}: ${message}`.slice(0, 500), seconds: seconds() } };
  }
}

/** Every golden vector through the device's own engine, from the initial state, equal to the bit. */
async function checkGoldenVectors({ subject, signal }: MeasureContext): Promise<Found> {
  const { model } = subject;
  const { goldenVectors, network } = model.package.manifest;
  for (const [index, vector] of goldenVectors.entries()) {
    signal.throwIfAborted();
    const inputs = readFloats(vector.inputs, 0, vector.steps * network.inputSize);
    const state = model.createState();
    const attempt = await attemptInference(model, state, inputs, readFloats(vector.timeSteps, 0, vector.steps));
    const fault =
      attempt.outputs === null ? 'the engine failed' : findDifference(vector, attempt.outputs, state.values);
    if (fault !== null) return told('failed', `vector ${index}: ${fault}`);
  }
  return told('passed', `${goldenVectors.length} vectors, equal to the bit`);
}

function findDifference(vector: GoldenVector, outputs: Float32Array, state: Float32Array | null): string | null {
  if (!equalsBits(outputs, vector.outputs)) return 'the outputs are others';
  if (state !== null && !equalsBits(state, vector.stateFinal)) return 'the final state is another';
  return null;
}

function equalsBits(values: Float32Array, expected: Uint8Array): boolean {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return Buffer.compare(bytes, expected) === 0;
}

async function checkLatency(context: MeasureContext): Promise<Found> {
  const { engineUs, errors, budgetUs } = await measureLatency({ kind: 'latency', samples: latencySamples }, context);
  if (errors > 0) return told('failed', `${errors} of ${latencySamples} inferences failed`);
  if (engineUs === null) return told('inconclusive', 'no inference was measured');
  if (budgetUs === null) return { ...told('skipped', 'the package promises none'), value: engineUs.mean, unit: 'us' };
  const state = engineUs.mean <= budgetUs ? 'passed' : 'failed';
  return {
    state,
    detail: `the mean of ${engineUs.count} inferences`,
    value: engineUs.mean,
    limit: budgetUs,
    unit: 'us',
  };
}

async function checkEnergy(context: MeasureContext): Promise<Found> {
  const budgetMw = context.subject.model.package.manifest.budgets.energyMw;
  if (budgetMw === null) return told('skipped', 'the package promises none');
  const found = await measureEnergy({ kind: 'energy', seconds: energySeconds }, context);
  const verdict = energyVerdict(found);
  if (verdict === null || found.energyMw === null) return told('inconclusive', 'nothing measures or estimates it here');
  const state = { within: 'passed', above: 'failed', uncertain: 'inconclusive' } as const;
  const detail = `the mean of ${found.energyMw.count} readings, by ${found.source}: ${verdict}`;
  return { state: state[verdict], detail, value: found.energyMw.mean, limit: budgetMw, unit: 'mW' };
}

function checkTemperature({ readings, limits }: MeasureContext): Found {
  const { temperatureC } = readings();
  if (temperatureC === null) return told('skipped', 'there is no sensor');
  const { temperatureMinC, temperatureMaxC } = limits();
  const isSafe = temperatureC.value >= temperatureMinC && temperatureC.value <= temperatureMaxC;
  const detail = `safe from ${temperatureMinC} to ${temperatureMaxC} C, by ${temperatureC.source}`;
  return {
    ...told(isSafe ? 'passed' : 'failed', detail),
    value: temperatureC.value,
    limit: temperatureMaxC,
    unit: 'C',
  };
}

/** What the package takes, against its promise; and what is left of the device's memory. */
function checkMemory({ subject, readings, limits }: MeasureContext): Found {
  const { image, manifest } = subject.model.package;
  const stateBytes = manifest.goldenVectors[0]?.stateFinal.length ?? 0;
  const takenKb = (image.length + stateBytes) / 1024;
  const { memoryRatio } = readings();
  const { memoryRatioMax } = limits();
  if (memoryRatio !== null && memoryRatio > memoryRatioMax)
    return {
      ...told('failed', 'the share of the memory in use'),
      value: memoryRatio,
      limit: memoryRatioMax,
      unit: 'ratio',
    };
  const { memoryKb } = manifest.budgets;
  if (memoryKb !== null) {
    const state = takenKb <= memoryKb ? 'passed' : 'failed';
    return { ...told(state, 'the network image and its state'), value: takenKb, limit: memoryKb, unit: 'KiB' };
  }
  if (memoryRatio === null) return told('skipped', 'the package promises none, and the device does not say');
  return {
    ...told('passed', 'the share of the memory in use'),
    value: memoryRatio,
    limit: memoryRatioMax,
    unit: 'ratio',
  };
}

async function checkAccuracy({ dataset }: SpecOf<'verify'>, context: MeasureContext): Promise<Found> {
  const { accuracy: minimum } = context.subject.model.package.manifest.budgets;
  if (dataset === null) {
    return minimum === null
      ? told('skipped', 'the package promises none')
      : told('inconclusive', 'no dataset is registered for the package: add one with `datasets add`');
  }
  const found = await measureAccuracy({ kind: 'evaluate', dataset, labelColumn: null }, context);
  const detail = `${found.right} of ${found.rows} rows of ${found.dataset.name}`;
  if (minimum === null) return { ...told('skipped', detail), value: found.accuracy, unit: 'ratio' };
  const state = found.accuracy >= minimum ? 'passed' : 'failed';
  return { state, detail, value: found.accuracy, limit: minimum, unit: 'ratio' };
}

function told(state: CheckState, detail: string): Found {
  return { state, detail };
}
