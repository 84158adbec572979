import {
  type Clock,
  type DeviceCommand,
  type DeviceId,
  type DeviceReply,
  decodeMessage,
  deviceCommandSchema,
  deviceReplySchema,
  encodeMessage,
  LlnError,
  type MeasurementSpec,
  measurementLimits,
  type RequestId,
  type Timer,
  type Topics,
  toErrorReport,
} from '@liquid-lln/protocol';
import {
  beginRun,
  cancelRun,
  expire,
  type MeasurementRun,
  newsOf,
  openParts,
  takeReply,
} from '../../domain/measurement-run.js';
import type { Logger } from '../../ports/logger.js';
import type { MessageBus } from '../../ports/message-bus.js';
import type { MeasurementOrigin, MeasurementResults } from './measurement-results.js';

export interface MeasurementBoardComponents {
  readonly bus: MessageBus;
  readonly topics: Topics;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Gets every result before operators do. */
  readonly results: Pick<MeasurementResults, 'take'>;
}

/** What an operator asked for. */
export interface MeasurementOrder {
  readonly devices: readonly { readonly deviceId: DeviceId; readonly isOnline: boolean }[];
  readonly slot: Extract<DeviceCommand, { kind: 'measure' }>['slot'];
  readonly spec: MeasurementSpec;
  readonly share: number;
  readonly timeoutSeconds: number;
  readonly origin: MeasurementOrigin;
}

interface Kept {
  readonly command: Uint8Array;
  readonly timer: Timer;
  readonly origin: MeasurementOrigin;
  run: MeasurementRun;
}

/** Measurements known at once, those that are over among them. */
const runsMax = 64;
export const devicesPerMeasurementMax = 1_000;

/**
 * Measurements that operators have devices make. Kept in memory: after a restart nobody repeats the commands, and the
 * devices end what they measure by themselves.
 */
export class MeasurementBoard {
  readonly #components: MeasurementBoardComponents;
  readonly #runs = new Map<RequestId, Kept>();

  constructor(components: MeasurementBoardComponents) {
    this.#components = components;
  }

  /** @throws LlnError ENGINE_OVERLOADED if too many measurements are under way */
  begin(id: RequestId, { devices, slot, spec, share, timeoutSeconds, origin }: MeasurementOrder): void {
    const { clock } = this.#components;
    this.#makeRoom();
    const command = encodeCommand({ v: 1, kind: 'measure', slot, share, spec });
    const run = beginRun(devices, timeoutSeconds, clock.monotonicMs());
    const timer = clock.every(measurementLimits.repeatSeconds * 1_000, () => this.#look(id));
    this.#runs.set(id, { command, timer, origin, run });
    this.#ask(id, run, command);
  }

  /** @throws LlnError MEASUREMENT_UNKNOWN */
  news(id: RequestId, revision: number) {
    const kept = this.#find(id);
    kept.run = { ...kept.run, askedMs: this.#components.clock.monotonicMs() };
    return newsOf(kept.run, revision);
  }

  /** @throws LlnError MEASUREMENT_UNKNOWN */
  cancel(id: RequestId): void {
    const kept = this.#find(id);
    this.#put(id, kept, cancelRun(kept.run));
  }

  has(id: RequestId): boolean {
    return this.#runs.has(id);
  }

  /** `device/{id}/reply/{request}` */
  async takeReply(device: DeviceId, id: RequestId, payload: Uint8Array): Promise<void> {
    const reply = decodeMessage(deviceReplySchema, payload, `reply of ${device}`);
    const kept = this.#runs.get(id);
    const isAwaited = () => kept !== undefined && openParts(kept.run).some(({ deviceId }) => deviceId === device);
    if (kept === undefined || !isAwaited()) return;
    const told = await this.#keep(device, reply, kept.origin);
    // It may have been cancelled while the disk wrote.
    if (!isAwaited()) return;
    this.#put(id, kept, takeReply(kept.run, device, told, this.#components.clock.monotonicMs()));
  }

  /** What could not be kept is no result: whoever waits for it is told, and makes it again. */
  async #keep(device: DeviceId, reply: DeviceReply, origin: MeasurementOrigin): Promise<DeviceReply> {
    if (reply.kind !== 'measured') return reply;
    try {
      return { ...reply, result: await this.#components.results.take(device, reply.result, origin) };
    } catch (thrown) {
      const { message, ...error } = toErrorReport(thrown);
      this.#components.logger.error({ err: thrown, device }, 'a result could not be kept');
      return {
        v: 1,
        kind: 'error',
        error: { ...error, message: `the result could not be kept: ${message}`.slice(0, 2_000) },
      };
    }
  }

  stop(): void {
    for (const { timer } of this.#runs.values()) timer.cancel();
  }

  /** Whoever is still asked is asked again: a command may be lost, and so may a result. */
  #look(id: RequestId): void {
    const kept = this.#runs.get(id);
    if (kept === undefined) return;
    this.#put(id, kept, expire(kept.run, this.#components.clock.monotonicMs()));
    this.#ask(id, kept.run, kept.command);
  }

  /** Devices that are not waited for any more are told so. */
  #put(id: RequestId, kept: Kept, run: MeasurementRun): void {
    const gone = openParts(kept.run).filter(({ deviceId }) => run.parts.get(deviceId)?.error !== null);
    kept.run = run;
    for (const { deviceId } of gone) this.#send(deviceId, id, encodeCommand({ v: 1, kind: 'cancel' }));
    if (openParts(run).length === 0) kept.timer.cancel();
  }

  #ask(id: RequestId, run: MeasurementRun, command: Uint8Array): void {
    for (const { deviceId } of openParts(run)) this.#send(deviceId, id, command);
  }

  #send(device: DeviceId, id: RequestId, payload: Uint8Array): void {
    const { bus, topics, logger } = this.#components;
    bus.publish({ topic: topics.command(device, id), payload, retain: false }).catch((error: unknown) => {
      logger.warn({ err: error, device }, 'a command could not be sent; it is repeated');
    });
  }

  #find(id: RequestId): Kept {
    const kept = this.#runs.get(id);
    if (kept !== undefined) return kept;
    throw new LlnError('MEASUREMENT_UNKNOWN', `there is no measurement ${id}`, { id });
  }

  #makeRoom(): void {
    if (this.#runs.size < runsMax) return;
    const over = [...this.#runs].find(([, { run }]) => openParts(run).length === 0);
    if (over === undefined) throw new LlnError('ENGINE_OVERLOADED', `${runsMax} measurements are under way`);
    this.#runs.delete(over[0]);
  }
}

function encodeCommand(command: DeviceCommand): Uint8Array {
  return encodeMessage(deviceCommandSchema, command, `${command.kind} command`);
}
