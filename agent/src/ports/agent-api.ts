import type {
  Activity,
  Breach,
  Digest,
  Isolation,
  LimitInForce,
  PolicyWindows,
  SlotName,
  Thresholds,
  Verdict,
} from '@liquid-lln/protocol';

/** The answer of `POST /inference`. */
export interface InferenceAnswer {
  readonly output: readonly number[];
  /** Every step's output, where a sequence was asked for. */
  readonly outputs?: readonly (readonly number[])[];
  readonly label: string | null;
  readonly model: {
    readonly name: string;
    readonly version: string;
    readonly digest: Digest;
    readonly slot: SlotName;
  };
  readonly device: string;
  readonly latencyUs: number;
}

/** `GET /model` */
export interface ModelView {
  readonly name: string;
  readonly version: string;
  readonly digest: Digest;
  readonly slot: SlotName;
  readonly state: 'trial' | 'confirmed';
  readonly description: string;
  readonly network: object;
  readonly inputs: readonly object[];
  readonly outputs: object;
  readonly timeStep: object;
}

/** What a device is doing, which nobody has to work out. */
export interface DeviceState {
  /** `unreachable`: a board that does not answer; `isolated`: clients are turned away. */
  readonly status: 'serving' | 'not-serving' | 'isolated' | 'unreachable';
  readonly device: string;
  readonly model: string | null;
  readonly state: 'trial' | 'confirmed' | null;
  /** Since when and why clients are turned away; null if they are answered. Who wanted it is not for clients to know. */
  readonly isolation: Pick<Isolation, 'sinceMs' | 'reason'> | null;
  readonly isBrokerConnected: boolean;
  readonly eventsWaiting: number;
}

/** A line of `GET /health`. */
export interface HealthSummary extends Pick<DeviceState, 'status' | 'device' | 'model' | 'state' | 'isolation'> {
  readonly verdict: Verdict;
}

/** `GET /health`: one device, and in short all of the gateway's; with `?verbose` all that is known about the one. */
export type GatewayHealth<Own = HealthSummary> = Own & { readonly devices: readonly HealthSummary[] };

export interface HealthDetail extends HealthSummary, DeviceState {
  readonly thresholds: Thresholds | null;
  /** Every limit in force, with its origin. */
  readonly limits: readonly LimitInForce[];
  readonly windows: PolicyWindows;
  readonly breaches: readonly Breach[];
  readonly activity: Activity;
}

/** What the agent offers to whatever faces its clients. */
export interface AgentApi {
  /** @param device which one answers, unless the body says so; the gateway's own engine if neither does. @throws LlnError */
  infer(body: unknown, device?: string | null): Promise<InferenceAnswer>;
  /** A request was refused before it could be told what it asks. */
  onRejected(): void;
  /** @throws LlnError INPUT_INVALID if the device is not here */
  health(device?: string | null): GatewayHealth<HealthDetail>;
  /** The same in short. @throws LlnError INPUT_INVALID if the device is not here */
  summary(device?: string | null): GatewayHealth;
  /** Of every device, the gateway's own engine first. */
  states(): readonly DeviceState[];
  /** The same with all that is known. */
  details(): readonly HealthDetail[];
  /** Null while no package is live. @throws LlnError INPUT_INVALID if the device is not here */
  model(device?: string | null): ModelView | null;
}
