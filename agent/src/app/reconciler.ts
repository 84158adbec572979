import {
  type Activity,
  type Backoff,
  backoffDelayMs,
  type Clock,
  type Generation,
  isBringing,
  LlnError,
  type Random,
  type Timer,
  toErrorReport,
} from '@liquid-lln/protocol';
import { arbitrate, type DevicePlace, type Documents } from '../domain/arbitration.js';
import { type DeploymentView, planNextStep, type Step } from '../domain/deployment.js';
import { describeStartWait } from '../domain/start-time.js';
import { installedIn } from '../domain/store-record.js';
import type { UnitDecision } from '../domain/unit.js';
import type { Logger } from '../ports/logger.js';
import type { DrillDesk } from './drill.js';
import type { HealthMonitor } from './health-monitor.js';
import type { ShadowStage } from './shadow-stage.js';
import type { SlotStore } from './slot-store.js';
import type { DeploymentProgress, Executors } from './step-executors.js';

export interface ReconcilerComponents {
  readonly store: SlotStore;
  readonly monitor: HealthMonitor;
  readonly executors: Executors;
  /** What the other devices of the gateway mean for this one. */
  decideUnit(): UnitDecision;
  readonly progress: DeploymentProgress;
  readonly drills: Pick<DrillDesk, 'isWanted'>;
  readonly shadow: Pick<ShadowStage, 'evaluate'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The record or the activity has changed. */
  onChange(): void;
}

const retryBackoff: Backoff = { firstMs: 500, maxMs: 60_000 };
/** Steps in one pass at most; a longer row would mean that the planner does not get anywhere. */
const stepsPerPassMax = 32;
/** What does not wait for a package on its way: the live one must be left, or the one on its way is not wanted. */
const urgentSteps: ReadonlySet<Step['kind']> = new Set(['revert', 'refuse']);
const deploySteps: ReadonlySet<Step['kind']> = new Set(['fetch', 'verify', 'stage', 'start-shadow', 'swap']);

/** Takes up instructions and executes one planned step after the other. */
export class Reconciler {
  readonly #components: ReconcilerComponents;
  readonly #place: () => DevicePlace | null;
  #documents: Documents = { wave: null, desired: null };
  #running: Promise<void> | null = null;
  #isWoken = false;
  #isStopped = false;
  #abort = new AbortController();
  #step: Step = { kind: 'none' };
  #failures = 0;
  /** When this start of the agent learned of the newest instruction. */
  #learned: { readonly generation: Generation; readonly atMs: number } | null = null;
  #retry: Timer | null = null;

  /** @param place null as long as a board has not said what it is. */
  constructor(components: ReconcilerComponents, place: () => DevicePlace | null) {
    this.#components = components;
    this.#place = place;
  }

  /** The documents in force have changed: a newer instruction cuts short whatever is being fetched or checked. */
  setDocuments(documents: Documents): void {
    this.#documents = documents;
    if (this.#nextAssignment() !== null)
      this.#abort.abort(new LlnError('GENERATION_STALE', 'a newer instruction is there'));
    this.wake();
  }

  /** Looks for something to do, now or as soon as the present step has ended. */
  wake(): void {
    if (this.#isStopped) return;
    this.#isWoken = true;
    const isUrgent = this.#isInterruptible() && urgentSteps.has(this.#plan().kind);
    if (isUrgent) this.#abort.abort(new LlnError('INTERNAL', 'something else must be done first'));
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#retry?.cancel();
    this.#abort.abort(new LlnError('INTERNAL', 'the agent stops'));
    await this.#running;
  }

  /** What is being done, for people. */
  get activity(): Activity {
    const { progress, store } = this.#components;
    const trial = this.#describeTrial();
    if (trial !== null) return trial;
    const shadow = this.#describeShadow();
    if (shadow !== null) return shadow;
    if (progress.verifying !== null) return { kind: 'verifying', digest: progress.verifying };
    const instruction = store.record.assignment?.instruction;
    if (instruction === undefined || !isBringing(instruction)) return { kind: 'idle' };
    const waitingFor = this.#describeStartWait();
    if (waitingFor !== null) return { kind: 'waiting', digest: instruction.package.digest, waitingFor };
    if (progress.fetching === null) return { kind: 'idle' };
    const { chunksDone, chunks } = progress.fetching;
    return { kind: 'receiving', digest: instruction.package.digest, chunksDone, chunks };
  }

  #describeTrial(): Activity | null {
    const { store, monitor } = this.#components;
    const progress = monitor.trialProgress;
    const live = installedIn(store.record, store.record.live);
    if (progress === null || live === null || store.record.trial === null) return null;
    const decision = monitor.decide();
    const unit = this.#components.decideUnit();
    const others = unit.kind === 'wait' ? `the others of its unit: ${unit.waitingFor.join(', ')}` : '';
    return {
      kind: 'trial',
      digest: live.package.digest,
      soakedSeconds: Math.floor(progress.elapsedSeconds),
      soakSeconds: Math.ceil(live.policy.soakSeconds),
      evidence: monitor.evidence,
      evidenceMin: live.policy.evidenceInferencesMin,
      waitingFor: (decision?.kind === 'keep' ? decision.waitingFor : others).slice(0, 200),
    };
  }

  #describeShadow(): Activity | null {
    const { shadow, store } = this.#components;
    const view = shadow.evaluate();
    const instruction = store.record.assignment?.instruction;
    if (view === null || instruction?.kind !== 'deploy') return null;
    const { decision, disagreement, progress } = view;
    return {
      kind: 'shadow',
      digest: view.digest,
      watchedSeconds: Math.floor(progress.elapsedSeconds),
      shadowSeconds: Math.ceil(instruction.policy.shadowSeconds),
      compared: disagreement.compared,
      disagreement: disagreement.share,
      waitingFor: (decision.kind === 'watch' ? decision.waitingFor : '').slice(0, 200),
    };
  }

  async #run(): Promise<void> {
    try {
      while (this.#isWoken && !this.#isStopped) {
        this.#isWoken = false;
        await this.#pass();
      }
      this.#failures = 0;
    } catch (error) {
      this.#retryLater(error);
    } finally {
      this.#running = null;
    }
  }

  async #pass(): Promise<void> {
    for (let steps = 0; steps < stepsPerPassMax && !this.#isStopped; steps += 1) {
      await this.#takeUp();
      this.#step = this.#plan();
      if (this.#step.kind === 'none') return;
      await this.#execute(this.#step);
      this.#step = { kind: 'none' };
      this.#components.onChange();
    }
  }

  /** The newest instruction is written down before anything is done about it. */
  async #takeUp(): Promise<void> {
    const { store, logger, onChange } = this.#components;
    this.#abort = new AbortController();
    const assignment = this.#nextAssignment();
    if (assignment === null) return;
    await store.commit({ kind: 'accepted', assignment });
    const { generation, rolloutId, instruction } = assignment;
    logger.info('instruction taken up', { generation, rolloutId, instruction: instruction.kind });
    onChange();
  }

  async #execute(step: Step): Promise<void> {
    const { store, progress, logger } = this.#components;
    const signal = this.#abort.signal;
    logger.debug('step', { step: step.kind });
    try {
      await this.#dispatch(step, signal);
    } catch (error) {
      if (signal.aborted) return;
      const { code, message } = toErrorReport(error);
      logger.warn('step failed', { step: step.kind, code, message });
      progress.incoming = null;
      // What concerns the live package is tried again; only a package on its way is given up.
      if (!deploySteps.has(step.kind) || store.record.assignment?.isDone !== false) throw error;
      await store.commit({ kind: 'refused', code, detail: message });
    }
  }

  #dispatch<K extends Step['kind']>(step: Extract<Step, { kind: K }>, signal: AbortSignal): Promise<void> {
    const executors: Executors = this.#components.executors;
    return executors[step.kind as K](step, signal);
  }

  #plan(): Step {
    const { store, monitor, progress, shadow, drills } = this.#components;
    const { incoming, verified } = progress;
    const isDrillWanted = drills.isWanted;
    const unit = this.#components.decideUnit();
    const startWait = this.#describeStartWait();
    const decision = monitor.decide();
    const view: DeploymentView = {
      incoming,
      verified,
      shadow: shadow.evaluate(),
      decision,
      unit,
      isDrillWanted,
      startWait,
    };
    return planNextStep(store.record, view);
  }

  /** What the newest deployment waits for; null if it has come to its outcome or goes on. */
  #describeStartWait(): string | null {
    const { store, clock } = this.#components;
    const { assignment, generation } = store.record;
    const place = this.#place();
    if (assignment?.instruction.kind !== 'deploy' || assignment.isDone || place === null) return null;
    if (this.#learned?.generation !== generation) this.#learned = { generation, atMs: clock.monotonicMs() };
    return describeStartWait(store.record, assignment.instruction, place.deviceId, {
      sinceTakenSeconds: (clock.monotonicMs() - this.#learned.atMs) / 1_000,
      minuteOfDay: localMinuteOfDay(clock.wallMs()),
    });
  }

  #nextAssignment() {
    const place = this.#place();
    const { generation, assignment } = this.#components.store.record;
    const taken = { generation, rolloutId: assignment?.rolloutId ?? null, isDone: assignment?.isDone ?? true };
    return place === null ? null : arbitrate(this.#documents, place, taken);
  }

  #isInterruptible(): boolean {
    return this.#step.kind === 'fetch' || this.#step.kind === 'verify';
  }

  #retryLater(error: unknown): void {
    const { clock, random, logger } = this.#components;
    const waitMs = backoffDelayMs(retryBackoff, this.#failures, random);
    this.#failures += 1;
    logger.error('the agent cannot go on and tries again', { waitMs, error: toErrorReport(error) });
    this.#retry?.cancel();
    this.#retry = clock.after(waitMs, () => this.wake());
  }
}

/** In the time zone of the machine. */
function localMinuteOfDay(wallMs: number): number {
  const local = new Date(wallMs);
  return local.getHours() * 60 + local.getMinutes();
}
