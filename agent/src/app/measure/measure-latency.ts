import { describeSamples, type LatencyFindings, LlnError } from '@liquid-lln/protocol';
import { GoldenRow } from '../golden-row.js';
import { attemptInference } from '../inference-attempt.js';
import type { MeasureContext, SpecOf } from './measurement.js';
import { Pacer } from './pacer.js';

/** A tenth of what counts, within these bounds: caches fill, a compiler compiles. */
const warmUpMin = 10;
const warmUpMax = 200;

/** Times single inferences over the golden vectors' inputs, state carried. @throws LlnError BOARD_UNREACHABLE */
export async function measureLatency(
  { samples }: SpecOf<'latency'>,
  context: MeasureContext,
): Promise<LatencyFindings> {
  const { subject, onProgress } = context;
  const warmUp = Math.min(warmUpMax, Math.max(warmUpMin, Math.ceil(samples / 10)));
  const timing = new InferenceTiming(context);
  for (let done = 0; done < warmUp; done += 1) await timing.next();
  const timed = { engineUs: [] as number[], wholeUs: [] as number[], errors: 0 };
  for (let done = 0; done < samples; done += 1) {
    const inference = await timing.next();
    if (inference === null) timed.errors += 1;
    else {
      timed.engineUs.push(inference.engineUs);
      timed.wholeUs.push(inference.wholeUs);
    }
    onProgress({ done: done + 1, total: samples, unit: 'inferences' });
  }
  const { latencyMs } = subject.model.package.manifest.budgets;
  return {
    kind: 'latency',
    warmUp,
    errors: timed.errors,
    engineUs: describeSamples(timed.engineUs),
    wholeUs: describeSamples(timed.wholeUs),
    budgetUs: latencyMs === null ? null : latencyMs * 1_000,
  };
}

/** What one inference took: the engine itself, and everything around it. */
export interface TimedInference {
  readonly engineUs: number;
  readonly wholeUs: number;
}

/** Single inferences, one after the other, within the share. */
export class InferenceTiming {
  readonly #context: MeasureContext;
  readonly #row: GoldenRow;
  readonly #pacer: Pacer;

  constructor(context: MeasureContext) {
    const { clock, share, signal, subject } = context;
    this.#context = context;
    this.#row = new GoldenRow(subject.model);
    this.#pacer = new Pacer(clock, share, signal);
  }

  /** Null if it gave no usable answer. */
  async next(): Promise<TimedInference | null> {
    const { clock, subject } = this.#context;
    const step = this.#row.next();
    if (step === null) throw new LlnError('INTERNAL', 'the package has no golden vectors');
    const beganMs = clock.monotonicMs();
    const attempt = await attemptInference(subject.model, step.state, step.inputs, step.timeSteps);
    const wholeUs = (clock.monotonicMs() - beganMs) * 1_000;
    await this.#pacer.rest();
    return attempt.isGood ? { engineUs: attempt.latencyUs, wholeUs: Math.max(wholeUs, 0) } : null;
  }
}
