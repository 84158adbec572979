/**
 * A network as mathematics, before it is laid out for the kernel: what an importer makes and what
 * `buildNetworkImage` takes. Matrices are row-major `[out][in]` unless said otherwise; all numbers are float32 values
 * of the source, so that nothing is rounded twice. The cells' equations are in docs/SPEC.md.
 */
export interface NetworkDescription {
  readonly inputSize: number;
  readonly units: number;
  readonly outputSize: number;
  /** (raw - mean) / std before everything else; null to take inputs as they are. */
  readonly normalisation: { readonly mean: Float32Array; readonly std: Float32Array } | null;
  /** The LSTM in front of the cell; null without mixed memory. */
  readonly memory: MixedMemory | null;
  readonly cell: CfcCell | WiredCfcCell | LtcCell | GruCell;
  /** y = W o + b after the cell; null if the cell's output is the answer. */
  readonly readout: DenseLayer | null;
}

export interface DenseLayer {
  readonly outputs: number;
  readonly inputs: number;
  /** `[outputs][inputs]` */
  readonly weight: Float32Array;
  /** `[outputs]` */
  readonly bias: Float32Array;
  /** `[outputs][inputs]` of 0 and 1: synapses that exist; null if all do. */
  readonly mask: Uint8Array | null;
}

export interface MixedMemory {
  /** Four blocks of `units` rows over the input: input, input gate, forget gate, output gate. */
  readonly inputMap: DenseLayer;
  /** `[4 * units][units]`, without a bias. */
  readonly recurrentWeight: Float32Array;
}

export type Activation = 'lecun_tanh' | 'tanh' | 'relu' | 'silu' | 'gelu';

/** The heads of a CfC over one vector z: `pure` has only ff1 and its time constants. */
export type CfcHeads =
  | {
      readonly mode: 'default' | 'no_gate';
      readonly ff1: DenseLayer;
      readonly ff2: DenseLayer;
      readonly timeA: DenseLayer;
      readonly timeB: DenseLayer;
    }
  | { readonly mode: 'pure'; readonly ff1: DenseLayer; readonly amplitude: Float32Array; readonly wTau: Float32Array };

export interface CfcCell {
  readonly kind: 'cfc';
  /** 0 to 3 dense layers over [input; state]. */
  readonly backbone: readonly DenseLayer[];
  readonly activation: Activation;
  readonly heads: CfcHeads;
}

export interface WiredCfcCell {
  readonly kind: 'wired-cfc';
  /** One small cell a layer of the wiring, first to last; the state is their states in that order. */
  readonly layers: readonly CfcHeads[];
}

/** Synapses of an LTC, each array `[from][to]`; where `mask` is 0 there is none. */
export interface LtcSynapses {
  readonly from: number;
  readonly weight: Float32Array;
  readonly sigma: Float32Array;
  readonly mu: Float32Array;
  readonly reversal: Float32Array;
  readonly mask: Uint8Array;
}

export interface LtcCell {
  readonly kind: 'ltc';
  readonly unfolds: number;
  readonly epsilon: number;
  /** Whether weights, capacitances and leak conductances pass through softplus. */
  readonly isSoftplus: boolean;
  readonly sensory: LtcSynapses;
  readonly recurrent: LtcSynapses;
  readonly leakConductance: Float32Array;
  readonly leakPotential: Float32Array;
  readonly capacitance: Float32Array;
  readonly inputMapping: AffineMap | null;
  /** Over the first `cellOutputSize` neurons. */
  readonly outputMapping: AffineMap | null;
  readonly cellOutputSize: number;
}

/** x * scale + shift, element by element; shift is null for a linear map. */
export interface AffineMap {
  readonly scale: Float32Array;
  readonly shift: Float32Array | null;
}

/** torch.nn.GRU: three blocks of `units` rows: reset, update, new. */
export interface GruCell {
  readonly kind: 'gru';
  readonly input: DenseLayer;
  readonly recurrent: DenseLayer;
}
