import type {
  AuditEntry,
  ClientId,
  DeviceEvent,
  DeviceId,
  Generation,
  RequestId,
  RolloutId,
  RolloutSummary,
  VerificationRecord,
} from '@liquid-lln/protocol';
import type { AlertingDrop, AlertingRecord } from '../domain/alerting/alerting-state.js';
import type { TelemetryFrame } from '../domain/analysis/telemetry.js';
import type { DatasetRecord } from '../domain/dataset.js';
import type { DesiredState } from '../domain/desired-state.js';
import type { EventCursor } from '../domain/event-intake.js';
import type { IsolationRecord } from '../domain/isolation.js';
import type {
  AuditRecord,
  DeviceRecord,
  GatewayRecord,
  OperatorRecord,
  PackageRecord,
  ThresholdRecord,
} from '../domain/records.js';
import type { TraceAddition, TraceLook } from '../domain/replay/rollout-trace.js';
import type { Rollout } from '../domain/rollout.js';

/** A request that made a rollout, remembered so that the same request never makes a second one. */
export interface RequestRecord {
  readonly client: ClientId;
  readonly request: RequestId;
  readonly rolloutId: RolloutId;
  readonly atMs: number;
}

/** One durable change. A closed union: a store that does not know a change does not compile. */
export type FleetChange =
  | { readonly kind: 'put-gateway'; readonly gateway: GatewayRecord }
  | { readonly kind: 'put-operator'; readonly operator: OperatorRecord }
  | { readonly kind: 'put-device'; readonly device: DeviceRecord }
  | { readonly kind: 'put-package'; readonly package: PackageRecord }
  | { readonly kind: 'put-rollout'; readonly rollout: Rollout }
  /** What remains of a rollout, in its place: the rollout itself goes. */
  | { readonly kind: 'archive-rollout'; readonly summary: RolloutSummary }
  | { readonly kind: 'put-document'; readonly state: DesiredState }
  | { readonly kind: 'put-isolation'; readonly record: IsolationRecord }
  | { readonly kind: 'put-dataset'; readonly dataset: DatasetRecord }
  | { readonly kind: 'put-thresholds'; readonly record: ThresholdRecord }
  | { readonly kind: 'put-verification'; readonly record: VerificationRecord }
  /** Of the key that `verificationKey` gives. */
  | { readonly kind: 'drop-verification'; readonly key: string }
  | { readonly kind: 'put-generation'; readonly generation: Generation }
  | {
      readonly kind: 'put-cursor';
      readonly deviceId: DeviceId;
      readonly epoch: string;
      readonly cursor: EventCursor;
    }
  | { readonly kind: 'drop-cursor'; readonly deviceId: DeviceId; readonly epoch: string }
  | { readonly kind: 'put-request'; readonly record: RequestRecord }
  /** In the place of what began at the same time. */
  | { readonly kind: 'put-telemetry'; readonly frame: TelemetryFrame }
  | { readonly kind: 'drop-telemetry'; readonly startMs: number }
  /** After those that the rollout's trace has; the tail is not kept. */
  | { readonly kind: 'add-trace'; readonly rolloutId: RolloutId; readonly addition: TraceAddition }
  /** All looks at a rollout. */
  | { readonly kind: 'drop-trace'; readonly rolloutId: RolloutId }
  | { readonly kind: 'put-alerting'; readonly record: AlertingRecord }
  | { readonly kind: 'drop-alerting'; readonly record: AlertingDrop }
  | { readonly kind: 'add-event'; readonly event: DeviceEvent }
  | { readonly kind: 'add-audit'; readonly entry: AuditRecord };

/** What a store held when it was opened. Events, audit entries and archived rollouts are read when they are asked for. */
export interface FleetSnapshot {
  readonly generation: Generation;
  readonly gateways: readonly GatewayRecord[];
  readonly operators: readonly OperatorRecord[];
  readonly devices: readonly DeviceRecord[];
  readonly packages: readonly PackageRecord[];
  readonly rollouts: readonly Rollout[];
  readonly documents: readonly DesiredState[];
  readonly isolations: readonly IsolationRecord[];
  readonly datasets: readonly DatasetRecord[];
  readonly verifications: readonly VerificationRecord[];
  readonly thresholds: readonly ThresholdRecord[];
  readonly cursors: readonly { deviceId: DeviceId; epoch: string; cursor: EventCursor }[];
  readonly requests: readonly RequestRecord[];
  readonly telemetry: readonly TelemetryFrame[];
  readonly alerting: readonly AlertingRecord[];
  /** How much is kept of rollouts, see `TraceAddition`; the looks are read when they are asked for. */
  readonly traces: readonly { readonly rolloutId: RolloutId; readonly weight: number }[];
}

/** The durable state of a fleet. One process writes it. */
export interface FleetStore {
  load(): Promise<FleetSnapshot>;
  /**
   * All changes or none, on disk when the promise resolves. An event that is already stored stays as it is.
   * @throws LlnError STORE_FULL: none of the changes was made, and others can be tried; LEADERSHIP_LOST: somebody
   * else writes this store now. After any other error nobody knows which were made.
   */
  commit(changes: readonly FleetChange[]): Promise<void>;
  /** The newest events, oldest first. */
  readEvents(devices: ReadonlySet<DeviceId>, limit: number): Promise<DeviceEvent[]>;
  /** The newest entries of the audit log, oldest first. */
  readAudit(limit: number): Promise<AuditEntry[]>;
  /** The newest archived rollouts, oldest first. */
  readArchivedRollouts(limit: number): Promise<RolloutSummary[]>;
  /** Null if no such rollout is archived. */
  readArchivedRollout(rolloutId: RolloutId): Promise<RolloutSummary | null>;
  /** What was kept of a rollout, in the order of time; empty if nothing was. */
  readTrace(rolloutId: RolloutId): Promise<TraceLook[]>;
  close(): Promise<void>;
}

/** Requests remembered against repetition. */
export const requestsRememberedMax = 10_000;
