import type {
  ChannelName,
  ClientId,
  Clock,
  Environment,
  OperatorReplyTo,
  OperatorRequest,
  RequestId,
} from '@liquid-lln/protocol';
import type { ChannelHealth } from '../../domain/alerting/delivery.js';
import type { AlertingPolicy } from '../../domain/alerting/policy.js';
import type { ChecklistPolicy } from '../../domain/checklist/facts.js';
import type { UsualWaves } from '../../domain/rollout-request.js';
import type { FleetStore } from '../../ports/fleet-store.js';
import type { MessageBus } from '../../ports/message-bus.js';
import type { PackageFiles } from '../../ports/package-files.js';
import type { PackageReader } from '../../ports/package-reader.js';
import type { Secrets } from '../../ports/secrets.js';
import type { Distributor } from '../distributor.js';
import type { FleetLedger } from '../fleet-ledger.js';
import type { IsolationPublisher } from '../isolation-publisher.js';
import type { LogRelay } from '../log-relay.js';
import type { DatasetPublisher } from '../measure/dataset-publisher.js';
import type { MeasurementBoard } from '../measure/measurement-board.js';
import type { Presence } from '../presence.js';
import type { ProgressBoard } from '../progress-board.js';
import type { RolloutReconciler } from '../rollout-reconciler.js';
import type { TelemetryRecorder } from '../telemetry-recorder.js';
import type { WorkQueue } from '../work-queue.js';

/** What the handlers of operator requests work with. */
export interface OperatorComponents {
  readonly ledger: FleetLedger;
  readonly store: FleetStore;
  readonly presence: Presence;
  readonly bus: MessageBus;
  readonly distributor: Distributor;
  readonly isolations: IsolationPublisher;
  readonly reconciler: RolloutReconciler;
  readonly progress: ProgressBoard;
  readonly telemetry: TelemetryRecorder;
  readonly replays: WorkQueue;
  readonly logs: LogRelay;
  readonly measurements: MeasurementBoard;
  readonly datasets: DatasetPublisher;
  readonly files: PackageFiles;
  readonly packages: PackageReader;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly usualWaves: UsualWaves;
  readonly usualApprovals: ReadonlySet<Environment>;
  readonly checklist: ChecklistPolicy;
  readonly alerting: AlertingPolicy;
  readonly channelHealths: () => ReadonlyMap<ChannelName, ChannelHealth>;
}

/** Who asks, and under which id: the same id never does the same thing twice. */
export interface Caller {
  readonly client: ClientId;
  readonly request: RequestId;
  /** For the audit log: the user where the broker says it, the client otherwise. */
  readonly actor: string;
  /** Whether the broker says who it is. */
  readonly isNamed: boolean;
}

export type RequestOf<K extends OperatorRequest['kind']> = Extract<OperatorRequest, { kind: K }>;

export type Handler<K extends OperatorRequest['kind']> = (
  request: RequestOf<K>,
  caller: Caller,
  components: OperatorComponents,
) => Promise<OperatorReplyTo<K>>;
