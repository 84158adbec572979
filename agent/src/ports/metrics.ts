import type { Digest } from '@liquid-lln/protocol';
import type { InferenceSample } from '../domain/sliding-window.js';

/** Who wants to know how inferences go. */
export interface InferenceObserver {
  onInference(digest: Digest, sample: InferenceSample): void;
  onRejected(): void;
}
