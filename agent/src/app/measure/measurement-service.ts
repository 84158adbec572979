import {
  type Activity,
  type Clock,
  type DeviceCommand,
  type DeviceReply,
  type Findings,
  LlnError,
  type MeasurementProgress,
  type MeasurementResult,
  type MeasurementSpec,
  measurementLimits,
  type RequestId,
  type Timer,
  toErrorReport,
} from '@liquid-lln/protocol';
import type { Logger } from '../../ports/logger.js';
import type { InferenceService } from '../inference-service.js';
import { adoptThresholds } from './adopt-thresholds.js';
import { measureAccuracy } from './measure-accuracy.js';
import { measureBenchmark } from './measure-benchmark.js';
import { measureDetailed } from './measure-detailed.js';
import { measureEnergy } from './measure-energy.js';
import { measureLatency } from './measure-latency.js';
import type { MeasureContext, MeasuredDeviceParts, Measurement } from './measurement.js';
import { openSubject, type Subject, type SubjectComponents } from './subject.js';
import { verify } from './verify.js';

type MeasureCommand = Extract<DeviceCommand, { kind: 'measure' }>;
type Reply = (reply: DeviceReply) => void;

export interface MeasurementServiceComponents extends SubjectComponents {
  readonly service: Pick<InferenceService, 'counts'>;
  readonly device: MeasuredDeviceParts;
  readonly activity: () => Activity;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Running {
  readonly request: RequestId;
  readonly controller: AbortController;
  readonly timer: Timer;
  progress: MeasurementProgress;
  reply: Reply;
  heardMs: number;
}

/** Every kind has its measurement; a new one does not compile without. */
const measurements: { readonly [K in MeasurementSpec['kind']]: Measurement<K> } = {
  latency: measureLatency,
  energy: measureEnergy,
  adopt: adoptThresholds,
  benchmark: measureBenchmark,
  detailed: measureDetailed,
  evaluate: measureAccuracy,
  verify,
};

/** Progress is told this often, also as a sign of life. */
const progressMs = 1_000;
/** Results that are kept for an asker who did not get them. */
const resultsKeptMax = 4;

/**
 * Measures beside serving, one thing at a time. A command that comes again keeps its measurement alive, or gets the
 * result once more: so nothing is lost with a message, and nothing goes on that nobody waits for.
 */
export class MeasurementService {
  readonly #components: MeasurementServiceComponents;
  #running: Running | null = null;
  readonly #ended = new Map<RequestId, DeviceReply>();

  constructor(components: MeasurementServiceComponents) {
    this.#components = components;
  }

  /** @param reply is called with progress, and once with a result or an error. */
  measure(request: RequestId, command: MeasureCommand, reply: Reply): void {
    const { clock } = this.#components;
    const ended = this.#ended.get(request);
    if (ended !== undefined) reply(ended);
    else if (this.#running?.request === request) {
      this.#running.heardMs = clock.monotonicMs();
      this.#running.reply = reply;
    } else if (this.#running !== null) {
      reply(errorReply(new LlnError('DEVICE_BUSY', 'the device is being measured: one measurement at a time')));
    } else this.#start(request, command, reply);
  }

  cancel(request: RequestId): void {
    if (this.#running?.request === request) this.#abort('the measurement was cancelled');
  }

  stop(): void {
    this.#abort('the agent stops');
  }

  #abort(why: string): void {
    this.#running?.controller.abort(new LlnError('MEASUREMENT_INTERRUPTED', why));
  }

  #start(request: RequestId, command: MeasureCommand, reply: Reply): void {
    const { clock } = this.#components;
    const running: Running = {
      request,
      controller: new AbortController(),
      timer: clock.every(progressMs, () => this.#tick(running)),
      progress: { done: 0, total: 0, unit: '' },
      reply,
      heardMs: clock.monotonicMs(),
    };
    this.#running = running;
    this.#tick(running);
    void this.#run(command, running).then((end) => {
      running.timer.cancel();
      this.#running = null;
      this.#remember(request, end);
      running.reply(end);
    });
  }

  #tick(running: Running): void {
    const silentMs = this.#components.clock.monotonicMs() - running.heardMs;
    if (silentMs > measurementLimits.leaseSeconds * 1_000) this.#abort('nobody waits for the measurement any more');
    else running.reply({ v: 1, kind: 'progress', progress: running.progress });
  }

  async #run(command: MeasureCommand, running: Running): Promise<DeviceReply> {
    const { logger } = this.#components;
    let subject: Subject | null = null;
    try {
      this.#refuseBusy(command.spec);
      subject = await openSubject(this.#components, command.slot);
      const result = await this.#measure(command, running, subject);
      subject.check();
      return { v: 1, kind: 'measured', result };
    } catch (error) {
      logger.info('a measurement ended without a result', { kind: command.spec.kind, error: toErrorReport(error) });
      return errorReply(error);
    } finally {
      subject?.release();
    }
  }

  /** A device that changes its package is neither the one before nor the one after, and has enough to do. */
  #refuseBusy(spec: MeasurementSpec): void {
    const { kind } = this.#components.activity();
    // A trial is watched for its figures; looking at it once more leaves them as they are.
    if (kind === 'idle' || (kind === 'trial' && spec.kind === 'verify')) return;
    throw new LlnError('DEVICE_BUSY', `the device is changing its package (${kind})`, { activity: kind });
  }

  async #measure(command: MeasureCommand, running: Running, subject: Subject): Promise<MeasurementResult> {
    const { clock, device, service } = this.#components;
    const startedMs = clock.wallMs();
    const beganMs = clock.monotonicMs();
    const before = service.counts;
    const findings = await find(command.spec, {
      subject,
      clock,
      share: command.share,
      signal: running.controller.signal,
      ...device,
      onProgress: (progress) => {
        running.progress = progress;
      },
    });
    const { served, failed } = service.counts;
    const { digest, manifest } = subject.model.package;
    const { temperatureC, system } = device.readings();
    return {
      package: { digest, name: manifest.name, version: manifest.version },
      slot: subject.slot,
      state: subject.state,
      startedMs,
      seconds: (clock.monotonicMs() - beganMs) / 1_000,
      conditions: {
        temperatureC,
        cpuRatio: system.cpuRatio,
        served: served - before.served,
        failed: failed - before.failed,
      },
      findings,
    };
  }

  #remember(request: RequestId, end: DeviceReply): void {
    this.#ended.set(request, end);
    const oldest = this.#ended.size > resultsKeptMax ? this.#ended.keys().next().value : undefined;
    if (oldest !== undefined) this.#ended.delete(oldest);
  }
}

function find<K extends MeasurementSpec['kind']>(
  spec: Extract<MeasurementSpec, { kind: K }>,
  context: MeasureContext,
): Promise<Findings> {
  const measurement: Measurement<K> = measurements[spec.kind as K];
  return measurement(spec as Parameters<Measurement<K>>[0], context);
}

function errorReply(error: unknown): DeviceReply {
  const report = toErrorReport(error);
  return { v: 1, kind: 'error', error: { ...report, message: report.message.slice(0, 2_000) } };
}
