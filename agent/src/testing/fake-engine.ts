import { type Digest, decodePackage, type LiquidPackage } from '@liquid-lln/protocol';
import type { InferenceEngine, LoadedModel, ModelState } from '../ports/inference-engine.js';

/** How a package behaves in a test: what it answers to a step, and how long it says a step took. */
export interface FakeBehaviour {
  /** The answer of every output; may be NaN. Throwing is an engine that fails. */
  answer(step: number): number;
  readonly latencyUs: number;
}

export const goodBehaviour: FakeBehaviour = { answer: () => 0.5, latencyUs: 100 };

class CountingState implements ModelState {
  steps = 0;
  readonly values = null;
  reset(): void {
    this.steps = 0;
  }
}

/** Opens any well-formed package, signed or not, and behaves as it is told, by digest. */
export class FakeEngine implements InferenceEngine {
  readonly behaviours = new Map<Digest, FakeBehaviour>();
  /** Models opened and not closed. */
  openModels = 0;

  load(file: Uint8Array): LoadedModel {
    const content = decodePackage(file);
    this.openModels += 1;
    const behaviour = () => this.behaviours.get(content.digest) ?? goodBehaviour;
    return new FakeModel(content, behaviour, () => {
      this.openModels -= 1;
    });
  }
}

class FakeModel implements LoadedModel {
  readonly package: LiquidPackage;
  readonly close: () => void;
  readonly #behaviour: () => FakeBehaviour;

  constructor(content: LiquidPackage, behaviour: () => FakeBehaviour, close: () => void) {
    this.package = content;
    this.#behaviour = behaviour;
    this.close = close;
  }

  createState(): ModelState {
    return new CountingState();
  }

  async run(state: ModelState, _inputs: Float32Array, timeSteps: Float32Array, outputs: Float32Array): Promise<number> {
    const counter = state as CountingState;
    counter.steps += timeSteps.length;
    const { answer, latencyUs } = this.#behaviour();
    outputs.fill(answer(counter.steps));
    return latencyUs * timeSteps.length;
  }
}
