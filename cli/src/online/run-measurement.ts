import {
  type Clock,
  type DeviceId,
  isLlnError,
  LlnError,
  type MeasuredDevice,
  type MeasurementSpec,
  measurementLimits,
  type RequestId,
  type Target,
} from '@liquid-lln/protocol';
import type { CoordinatorClient } from '../clients/coordinator-client.js';
import { MessageQueue } from '../clients/message-queue.js';
import { measurementChanges, progressOf } from '../domain/measurement-progress.js';
import type { ProgressView } from '../rendering/progress.js';
import { pollInto } from './poll.js';

export interface MeasureInit {
  readonly target: Target;
  readonly spec: MeasurementSpec;
  /** Of a device's time, at most. */
  readonly share?: number;
  readonly timeoutSeconds: number;
  readonly interrupted: AbortSignal;
  readonly view: ProgressView;
}

export interface MeasureComponents {
  readonly client: Pick<CoordinatorClient, 'request'>;
  readonly clock: Clock;
}

export interface FollowInit extends Pick<MeasureInit, 'timeoutSeconds' | 'interrupted' | 'view'> {
  readonly measurementId: RequestId;
  readonly devices: readonly DeviceId[];
}

/** How a measurement ended. */
export interface MeasureEnd {
  /** By device id; without a result where somebody interrupted it. */
  readonly devices: readonly MeasuredDevice[];
  readonly wasInterrupted: boolean;
}

const pollMs = 500;
/** The coordinator ends what is late; it may be away itself. */
const graceSeconds = 30;

/**
 * Has the devices of a target measure something and waits for all of them; interrupted, it cancels what is under way.
 * @throws LlnError what the coordinator refuses; MEASUREMENT_UNKNOWN if it was restarted meanwhile
 */
export async function runMeasurement(
  components: MeasureComponents,
  { target, spec, share = measurementLimits.shareDefault, timeoutSeconds, interrupted, view }: MeasureInit,
): Promise<MeasureEnd> {
  const asked = { kind: 'measure' as const, target, spec, share, timeoutSeconds };
  const { measurementId, devices } = await components.client.request(asked);
  return followMeasurement(components, { measurementId, devices, timeoutSeconds, interrupted, view });
}

/** Waits for a measurement that has begun. @throws LlnError as `runMeasurement` */
export async function followMeasurement(
  { client, clock }: MeasureComponents,
  { measurementId, devices, timeoutSeconds, interrupted, view }: FollowInit,
): Promise<MeasureEnd> {
  const known = new Map<DeviceId, MeasuredDevice>(devices.map((deviceId) => [deviceId, unasked(deviceId)]));
  const beganMs = clock.monotonicMs();
  let revision = 0;
  const news = new MessageQueue<{ readonly devices: readonly MeasuredDevice[]; readonly isOver: boolean }>();
  const ask = async () => {
    try {
      const reply = await client.request({ kind: 'measurement', measurementId, revision });
      revision = reply.revision;
      return reply;
    } catch (thrown) {
      if (isLlnError(thrown, 'MEASUREMENT_UNKNOWN')) news.fail(thrown);
      throw thrown;
    }
  };
  const polling = pollInto(news, { ask, periodMs: pollMs, clock, onTrouble: (text) => view.log(text) });
  const deadline = clock.after((timeoutSeconds + graceSeconds) * 1_000, () => news.fail(silence()));
  const end = (): void => news.end();
  interrupted.addEventListener('abort', end);
  try {
    for await (const { devices: changed, isOver } of news) {
      for (const line of measurementChanges(known, changed)) view.log(line);
      for (const device of changed) known.set(device.deviceId, device);
      view.update(progressOf([...known.values()], clock.monotonicMs() - beganMs));
      if (isOver) return { devices: [...known.values()], wasInterrupted: false };
    }
  } finally {
    polling.cancel();
    deadline.cancel();
    interrupted.removeEventListener('abort', end);
  }
  await client.request({ kind: 'measurement-cancel', measurementId });
  return { devices: [...known.values()], wasInterrupted: true };
}

function silence(): LlnError {
  return new LlnError('TIMED_OUT', 'the coordinator did not tell how the measurement ended');
}

function unasked(deviceId: DeviceId): MeasuredDevice {
  return { deviceId, state: 'asked', progress: null, result: null, error: null };
}
