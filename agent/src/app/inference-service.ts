import { isLlnError, LlnError } from '@liquid-lln/protocol';
import { labelOf } from '../domain/inference-output.js';
import { type InferenceRequest, parseInferenceRequest } from '../domain/inference-request.js';
import type { InferenceAnswer } from '../ports/agent-api.js';
import type { LoadedModel, ModelState } from '../ports/inference-engine.js';
import type { Logger } from '../ports/logger.js';
import type { InferenceObserver } from '../ports/metrics.js';
import { type AskedSteps, type Attempt, attemptInference, sampleOf } from './inference-attempt.js';
import type { LiveModels, ModelLease, ServingModel } from './live-models.js';
import type { Session, SessionTable } from './session-table.js';
import type { ShadowStage } from './shadow-stage.js';

export interface InferenceServiceComponents {
  readonly models: LiveModels;
  readonly sessions: SessionTable;
  readonly observer: InferenceObserver;
  readonly shadow: Pick<ShadowStage, 'follow'>;
  readonly logger: Logger;
}

export interface InferenceServiceInit {
  readonly deviceId: string;
  /** Requests in work at once; more are turned away. */
  readonly concurrencyMax?: number;
}

export const concurrencyMaxDefault = 256;

/**
 * Answers requests from the live model. During a trial the model before it answers whatever the new one gets wrong,
 * and is stepped along in every session, so that a revert leaves no hole.
 */
export class InferenceService {
  readonly #components: InferenceServiceComponents;
  readonly #deviceId: string;
  readonly #concurrencyMax: number;
  #inWork = 0;
  #served = 0;
  #failed = 0;

  constructor(components: InferenceServiceComponents, init: InferenceServiceInit) {
    this.#components = components;
    this.#deviceId = init.deviceId;
    this.#concurrencyMax = init.concurrencyMax ?? concurrencyMaxDefault;
  }

  /** Requests answered, and requests failed for want of a right answer, since the start. */
  get counts(): { readonly served: number; readonly failed: number } {
    return { served: this.#served, failed: this.#failed };
  }

  /** @throws LlnError INPUT_INVALID, NO_LIVE_PACKAGE, ENGINE_OVERLOADED, OUTPUT_INVALID */
  async infer(body: unknown): Promise<InferenceAnswer> {
    if (this.#inWork >= this.#concurrencyMax) {
      throw new LlnError('ENGINE_OVERLOADED', `${this.#inWork} requests are in work`, { inWork: this.#inWork });
    }
    const lease = this.#components.models.lease();
    if (lease === null) throw new LlnError('NO_LIVE_PACKAGE', 'no package is live on this device');
    this.#inWork += 1;
    try {
      return await this.#answer(body, lease);
    } catch (error) {
      if (isLlnError(error, 'BOARD_UNREACHABLE')) this.#failed += 1;
      throw error;
    } finally {
      this.#inWork -= 1;
      lease.release();
    }
  }

  onRejected(): void {
    this.#components.observer.onRejected();
  }

  /** One inference of the agent's own: a sample like any other, but no session's and nobody's answer. */
  async probe(model: LoadedModel, state: ModelState, inputs: Float32Array, timeSteps: Float32Array): Promise<void> {
    const attempt = await attemptInference(model, state, inputs, timeSteps);
    this.#observe(model, attempt, { inputs, steps: timeSteps.length, isStateful: true }, true);
  }

  #answer(body: unknown, lease: ModelLease): Promise<InferenceAnswer> {
    const { live, previous } = lease;
    const request = this.#parse(body, live, previous);
    if (request.serving !== live) return this.#answerFrom(request.serving, request.parsed);
    const { parsed } = request;
    const session = this.#sessionOf(parsed);
    if (lease.candidate !== null) return this.#answerShadowed(body, parsed, session, lease, lease.candidate);
    const models = previous === null ? [live.model] : [live.model, previous.model];
    return withStates(session, parsed, models, (states) => this.#answerGuarded(body, parsed, states, lease));
  }

  /** The client is answered from the live model, whatever becomes of the candidate; then that gets its turn. */
  #answerShadowed(
    body: unknown,
    parsed: InferenceRequest,
    session: Session | null,
    lease: ModelLease,
    candidate: ServingModel,
  ): Promise<InferenceAnswer> {
    const { model } = candidate;
    return withStates(session, parsed, [lease.live.model], async (states) => {
      const stateLater = session?.stateLater(model) ?? (async () => model.createState());
      const answer = await this.#answerGuarded(body, parsed, states, lease);
      const asked = this.#tryParse(body, candidate);
      const liveOutputs = outputsOf(answer);
      if (asked !== null) this.#components.shadow.follow({ candidate, asked, session, stateLater, liveOutputs });
      return answer;
    });
  }

  #sessionOf({ session }: InferenceRequest): Session | null {
    return session === null ? null : this.#components.sessions.use(session);
  }

  /** A request that only the previous model's shape fits is answered from it: its clients were not told to change. */
  #parse(body: unknown, live: ServingModel, previous: ServingModel | null) {
    try {
      return { serving: live, parsed: this.#checkDevice(parseInferenceRequest(body, shapeOf(live.model))) };
    } catch (error) {
      const fallback = previous !== null && hasOtherShape(previous, live) ? this.#tryParse(body, previous) : null;
      if (fallback !== null && previous !== null) return { serving: previous, parsed: fallback };
      if (isLlnError(error, 'INPUT_INVALID')) this.#components.observer.onRejected();
      throw error;
    }
  }

  #tryParse(body: unknown, { model }: ServingModel): InferenceRequest | null {
    try {
      return this.#checkDevice(parseInferenceRequest(body, shapeOf(model)));
    } catch (error) {
      if (isLlnError(error, 'INPUT_INVALID')) return null;
      throw error;
    }
  }

  #checkDevice(request: InferenceRequest): InferenceRequest {
    if (request.device === null || request.device === this.#deviceId) return request;
    throw new LlnError('INPUT_INVALID', `device ${request.device} is not here, this is ${this.#deviceId}`);
  }

  #answerFrom(serving: ServingModel, parsed: InferenceRequest): Promise<InferenceAnswer> {
    return withStates(this.#sessionOf(parsed), parsed, [serving.model], async ([state]) => {
      if (state === undefined) throw new LlnError('INTERNAL', 'a session has no state');
      const attempt = await attemptInference(serving.model, state, parsed.inputs, parsed.timeSteps);
      return this.#finish(serving, attempt, parsed);
    });
  }

  async #answerGuarded(
    body: unknown,
    parsed: InferenceRequest,
    [state, previousState]: readonly ModelState[],
    { live, previous }: ModelLease,
  ): Promise<InferenceAnswer> {
    if (state === undefined) throw new LlnError('INTERNAL', 'a session has no state');
    // Before it is made: what crashes the agent is then the last that its log has.
    this.#components.logger.debug('an inference begins', factsOf(parsed));
    const attempt = await attemptInference(live.model, state, parsed.inputs, parsed.timeSteps);
    const isStateful = parsed.session !== null || parsed.isSequence;
    this.#observe(live.model, attempt, { inputs: parsed.inputs, steps: parsed.steps, isStateful }, false);
    if (previous === null || previousState === undefined) return this.#finish(live, attempt, parsed);
    const isNeeded = parsed.session !== null || !attempt.isGood;
    const before = isNeeded ? this.#tryParse(body, previous) : null;
    if (before === null) return this.#finish(live, attempt, parsed);
    const stepped = await attemptInference(previous.model, previousState, before.inputs, before.timeSteps);
    return attempt.isGood ? this.#finish(live, attempt, parsed) : this.#finish(previous, stepped, before);
  }

  #observe(model: LoadedModel, attempt: Attempt, asked: AskedSteps, isProbe: boolean): void {
    const { digest } = model.package;
    const sample = sampleOf(attempt, asked, isProbe);
    this.#components.observer.onInference(digest, sample);
    const { logger } = this.#components;
    if (!attempt.isGood) logger.debug('an inference failed', { digest, fault: attempt.fault, isProbe });
    else if (!isProbe) logger.debug('an inference ended', { digest, latencyUs: sample.latencyUs });
  }

  #finish(serving: ServingModel, attempt: Attempt, request: InferenceRequest): InferenceAnswer {
    if (!attempt.isGood) {
      this.#failed += 1;
      throw new LlnError('OUTPUT_INVALID', `the model gave no usable answer: ${attempt.fault}`);
    }
    this.#served += 1;
    return buildAnswer(serving, attempt, request, this.#deviceId);
  }
}

/** The first step of a request; its numbers are copied only if somebody writes them down. */
function factsOf({ inputs, steps }: InferenceRequest) {
  return {
    steps,
    get input(): number[] {
      return Array.from(inputs.subarray(0, inputs.length / steps));
    },
  };
}

/** Steps of a session follow each other and go on from its states; a request without one begins at the initial state. */
function withStates<T>(
  session: Session | null,
  { inputs, timeSteps }: InferenceRequest,
  models: readonly LoadedModel[],
  step: (states: readonly ModelState[]) => Promise<T>,
): Promise<T> {
  if (session === null) return step(models.map((model) => model.createState()));
  return session.queue.run(async () => {
    const states: ModelState[] = [];
    for (const model of models) states.push(await session.stateOf(model));
    try {
      const answer = await step(states);
      session.remember(inputs, timeSteps);
      return answer;
    } catch (error) {
      // What is no usable answer was a step all the same; what a board never heard was none.
      if (isLlnError(error, 'OUTPUT_INVALID')) session.remember(inputs, timeSteps);
      throw error;
    }
  });
}

/** What a client was answered, of all steps. */
function outputsOf({ output, outputs }: InferenceAnswer): Float32Array {
  return Float32Array.from(outputs?.flat() ?? output);
}

function shapeOf({ package: { manifest } }: LoadedModel) {
  return { inputSize: manifest.network.inputSize, timeStepDefault: manifest.timeStep.default };
}

function hasOtherShape(a: ServingModel, b: ServingModel): boolean {
  return shapeOf(a.model).inputSize !== shapeOf(b.model).inputSize;
}

function buildAnswer(
  { slot, model }: ServingModel,
  { outputs, latencyUs }: Extract<Attempt, { isGood: true }>,
  request: InferenceRequest,
  device: string,
): InferenceAnswer {
  const { manifest, digest } = model.package;
  const size = manifest.network.outputSize;
  const last = outputs.subarray((request.steps - 1) * size);
  return {
    output: toNumbers(last),
    ...(request.isSequence ? { outputs: rowsOf(outputs, size) } : {}),
    label: labelOf(last, manifest.outputs),
    model: { name: manifest.name, version: manifest.version, digest, slot },
    device,
    latencyUs,
  };
}

function rowsOf(outputs: Float32Array, size: number): number[][] {
  return Array.from({ length: outputs.length / size }, (_, step) =>
    toNumbers(outputs.subarray(step * size, (step + 1) * size)),
  );
}

/** Several times as fast as spreading: iterators of typed arrays are slow. */
function toNumbers(values: Float32Array): number[] {
  const numbers: number[] = [];
  for (let index = 0; index < values.length; index += 1) numbers.push(values[index] ?? Number.NaN);
  return numbers;
}
