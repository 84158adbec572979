import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { checkGoldenVectors, type Kernel, type KernelNetwork, type KernelState } from '@liquid-lln/firmware-bridge';
import { decodePackage, type LiquidPackage, LlnError, type TrustedKeys, verifySignatures } from '@liquid-lln/protocol';
import type { EngineVitals } from '../../domain/watchdog.js';
import type { InferenceEngine, LoadedModel, ModelState } from '../../ports/inference-engine.js';

/** Multiply-accumulates between two looks at what else there is to do: a millisecond or so of a slow gateway. */
const macsPerTurn = 1_000_000;

/** The gateway's own engine: the C kernel in this process. */
export class NativeEngine implements InferenceEngine {
  readonly #kernel: Kernel;
  readonly #trustedKeys: TrustedKeys;
  readonly #open = new Set<NativeModel>();
  #computedMs: number | null = null;
  #busyUs = 0;

  constructor(components: { readonly kernel: Kernel; readonly trustedKeys: TrustedKeys }) {
    this.#kernel = components.kernel;
    this.#trustedKeys = components.trustedKeys;
  }

  load(file: Uint8Array): LoadedModel {
    const content = decodePackage(file);
    verifySignatures(content, this.#trustedKeys);
    const model = new NativeModel(content, this.#kernel.open(content.image), {
      onComputed: (tookUs) => {
        this.#computedMs = performance.now();
        this.#busyUs += tookUs;
      },
      onClosed: () => this.#open.delete(model),
    });
    this.#open.add(model);
    return model;
  }

  /** How long the kernel has computed so far, in microseconds. */
  get busyUs(): number {
    return this.#busyUs;
  }

  get vitals(): EngineVitals {
    return { openModels: this.#open.size, computedMs: this.#computedMs };
  }

  /** Recomputes the shortest golden vector of every open model. @throws LlnError GOLDEN_VECTORS_FAILED, KERNEL_FAILED */
  prove(): void {
    for (const model of this.#open) model.prove();
  }
}

interface ModelObserver {
  onComputed(tookUs: number): void;
  onClosed(): void;
}

class NativeState implements ModelState {
  readonly model: NativeModel;
  readonly own: KernelState;

  constructor(model: NativeModel, own: KernelState) {
    this.model = model;
    this.own = own;
  }

  get values(): Float32Array {
    return this.own.values;
  }

  reset(): void {
    this.own.reset();
  }
}

class NativeModel implements LoadedModel {
  readonly package: LiquidPackage;
  readonly #network: KernelNetwork;
  readonly #observer: ModelObserver;
  #isClosed = false;

  constructor(content: LiquidPackage, network: KernelNetwork, observer: ModelObserver) {
    this.package = content;
    this.#network = network;
    this.#observer = observer;
  }

  createState(): ModelState {
    return new NativeState(this, this.#network.createState());
  }

  async run(state: ModelState, inputs: Float32Array, timeSteps: Float32Array, outputs: Float32Array): Promise<number> {
    if (!(state instanceof NativeState && state.model === this))
      throw new LlnError('INTERNAL', 'the state is not of this model');
    const stepsPerTurn = Math.max(1, Math.floor(macsPerTurn / this.#network.macsPerStep));
    let tookMs = 0;
    for (let from = 0; from < timeSteps.length; from += stepsPerTurn) {
      // A long sequence lets the requests of others through; their time is not the engine's.
      if (from > 0) await nextTurn();
      tookMs += this.#runSteps(state.own, inputs, timeSteps, outputs, { from, to: from + stepsPerTurn });
    }
    const tookUs = tookMs * 1_000;
    this.#observer.onComputed(tookUs);
    return tookUs;
  }

  #runSteps(
    state: KernelState,
    inputs: Float32Array,
    timeSteps: Float32Array,
    outputs: Float32Array,
    { from, to }: { readonly from: number; readonly to: number },
  ): number {
    if (this.#isClosed) throw new LlnError('INTERNAL', 'the model is closed');
    const { inputSize, outputSize } = this.#network;
    const startedMs = performance.now();
    this.#network.stepSequence(
      state,
      inputs.subarray(from * inputSize, to * inputSize),
      timeSteps.subarray(from, to),
      outputs.subarray(from * outputSize, to * outputSize),
    );
    return performance.now() - startedMs;
  }

  prove(): void {
    const [shortest] = [...this.package.manifest.goldenVectors].sort((a, b) => a.steps - b.steps);
    if (shortest === undefined) return;
    const startedMs = performance.now();
    checkGoldenVectors(this.#network, [shortest]);
    this.#observer.onComputed((performance.now() - startedMs) * 1_000);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#observer.onClosed();
    this.#network.close();
  }
}
