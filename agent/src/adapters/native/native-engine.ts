import type { Kernel, KernelNetwork, KernelState } from '@liquid-lln/firmware-bridge';
import { decodePackage, type LiquidPackage, LlnError, type TrustedKeys, verifySignatures } from '@liquid-lln/protocol';
import type { InferenceEngine, LoadedModel, ModelState } from '../../ports/inference-engine.js';

/** The gateway's own engine: the C kernel in this process. */
export class NativeEngine implements InferenceEngine {
  readonly kind = 'native';
  readonly #kernel: Kernel;
  readonly #trustedKeys: TrustedKeys;

  constructor(components: { readonly kernel: Kernel; readonly trustedKeys: TrustedKeys }) {
    this.#kernel = components.kernel;
    this.#trustedKeys = components.trustedKeys;
  }

  load(file: Uint8Array): LoadedModel {
    const content = decodePackage(file);
    verifySignatures(content, this.#trustedKeys);
    return new NativeModel(content, this.#kernel.open(content.image));
  }
}

class NativeModel implements LoadedModel {
  readonly package: LiquidPackage;
  readonly #network: KernelNetwork;
  readonly #states = new WeakMap<ModelState, KernelState>();
  #isClosed = false;

  constructor(content: LiquidPackage, network: KernelNetwork) {
    this.package = content;
    this.#network = network;
  }

  createState(): ModelState {
    const state = this.#network.createState();
    this.#states.set(state, state);
    return state;
  }

  async run(state: ModelState, inputs: Float32Array, timeSteps: Float32Array, outputs: Float32Array): Promise<number> {
    const own = this.#states.get(state);
    if (own === undefined || this.#isClosed) throw new LlnError('INTERNAL', 'the model is closed or not this one');
    const startedNs = process.hrtime.bigint();
    this.#network.stepSequence(own, inputs, timeSteps, outputs);
    return Number(process.hrtime.bigint() - startedNs) / 1_000;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#network.close();
  }
}
