import type { DeviceId, Digest } from '@liquid-lln/protocol';
import type { InferenceSample } from '../domain/inference-sample.js';

/** Who wants to know how inferences go. */
export interface InferenceObserver {
  onInference(digest: Digest, sample: InferenceSample): void;
  onRejected(): void;
}

/** Makes an observer for each device. */
export type ObserverOf = (deviceId: DeviceId) => InferenceObserver;
