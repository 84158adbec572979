import {
  type Clock,
  type Environment,
  isLlnError,
  LlnError,
  parseTopic,
  seededRandom,
  type Topics,
  topicRoot,
  topicsOf,
} from '@liquid-lln/protocol';
import { type AlertingPolicy, silentPolicy } from '../domain/alerting/policy.js';
import type { ChecklistPolicy } from '../domain/checklist/facts.js';
import { fleetMetrics } from '../domain/metrics/fleet-metrics.js';
import type { MetricFamily } from '../domain/metrics/metric-family.js';
import { defaultUsualWaves, type UsualWaves } from '../domain/rollout-request.js';
import { summarizeRollout } from '../domain/rollout-summary.js';
import type { Authenticator } from '../ports/authenticator.js';
import type { DiskReserve } from '../ports/disk-reserve.js';
import type { FleetStore } from '../ports/fleet-store.js';
import type { Logger } from '../ports/logger.js';
import type { IncomingMessage, MessageBus } from '../ports/message-bus.js';
import type { NoticeChannels } from '../ports/notice-channels.js';
import type { PackageFiles } from '../ports/package-files.js';
import type { PackageReader } from '../ports/package-reader.js';
import type { Secrets } from '../ports/secrets.js';
import { AlertKeeper, type AlertKeeperComponents } from './alerting/alert-keeper.js';
import { followChanges } from './alerting/follow-changes.js';
import { NoticeDispatcher, noChannels } from './alerting/notice-dispatcher.js';
import { createAuthenticator } from './authenticator.js';
import { DeviceIngest } from './device-ingest.js';
import { Distributor } from './distributor.js';
import { FleetLedger, type FleetLedgerComponents } from './fleet-ledger.js';
import { gatherMetrics } from './gather-metrics.js';
import { IsolationPublisher } from './isolation-publisher.js';
import type { KeptRollouts } from './keep-rollouts.js';
import { LogRelay } from './log-relay.js';
import { MalformedMessages } from './malformed-messages.js';
import { DatasetPublisher } from './measure/dataset-publisher.js';
import { MeasurementBoard } from './measure/measurement-board.js';
import { MeasurementResults } from './measure/measurement-results.js';
import { ThresholdReminding } from './measure/threshold-reminding.js';
import { OperatorService } from './operator-service.js';
import { Presence } from './presence.js';
import { ProgressBoard } from './progress-board.js';
import { RolloutReconciler } from './rollout-reconciler.js';
import { TelemetryRecorder } from './telemetry-recorder.js';
import { viewFleet } from './views.js';
import { WorkQueue } from './work-queue.js';

export interface CoordinatorComponents {
  readonly store: FleetStore;
  readonly bus: MessageBus;
  readonly files: PackageFiles;
  readonly packages: PackageReader;
  readonly secrets: Secrets;
  /** Room for what cannot wait on a full disk; none if it is left out. */
  readonly reserve?: DiskReserve;
  readonly clock: Clock;
  /** What carries notices; there are none if it is left out. */
  readonly channels?: NoticeChannels;
  readonly logger: Logger;
  /** The store has failed; the process has to end. */
  readonly onFailure: (error: unknown) => void;
}

export interface CoordinatorInit {
  readonly fleet: string;
  /** Shares of an environment that its waves have; others keep their default. */
  readonly usualWaves?: Partial<Record<Environment, readonly number[]>>;
  /** Environments in which a deploy waits for a second person. */
  readonly approvals?: readonly Environment[];
  /** Silence after which an assigned device counts as unknown. */
  readonly silenceMsMax?: number;
  readonly reconcilePeriodMs?: number;
  /** What is kept of rollouts that are over; the defaults, where it is left out. */
  readonly kept?: Partial<KeptRollouts>;
  /** What a package needs for production. */
  readonly checklist: ChecklistPolicy;
  /** Who is told of what; nobody of anything if it is left out. */
  readonly alerting?: AlertingPolicy;
}

export const defaultSilenceMsMax = 15 * 60 * 1000;

/** A coordinator that has read its store. */
export interface Coordinator {
  /** For the broker: who may connect. */
  readonly authenticator: Authenticator;
  /** Makes the credentials of the operator of this name anew, and returns the secret. */
  setOperatorSecret(username: string): Promise<string>;
  hasOperator(username: string): boolean;
  /** The fleet in numbers, at this moment. */
  metrics(): Promise<readonly MetricFamily[]>;
  /** Begins to listen, publishes what is in force and goes on with the rollouts. */
  start(): Promise<void>;
  /** Ends what is going on and closes the store. */
  stop(): Promise<void>;
}

export async function createCoordinator(
  components: CoordinatorComponents,
  init: CoordinatorInit,
): Promise<Coordinator> {
  const follow: FleetLedgerComponents['follow'] = (state, changes) =>
    followChanges(state, changes, init.alerting ?? silentPolicy, components.clock.wallMs());
  const parts = wire(components, init, new FleetLedger({ ...components, follow }, await components.store.load()));
  const { ledger, reconciler, alerts, notices } = parts;
  return {
    authenticator: createAuthenticator(ledger.state, components.secrets),
    setOperatorSecret: (username) => setOperatorSecret(ledger, components, username),
    hasOperator: (username) => ledger.state.operators.has(username),
    metrics: async () => fleetMetrics(await gatherMetrics(parts)),
    start: async () => {
      await components.bus.start(inboundFilters(init.fleet), {
        onMessage: (message) => receive(parts, components, init.fleet, message),
        onConnect: async () => {
          parts.datasets.onConnect();
          await parts.isolations.publishAll();
          await parts.distributor.publishAll();
        },
      });
      if (components.reserve !== undefined && !(await components.reserve.hold()))
        components.logger.warn({}, 'too little room on the disk to keep any back: a full disk will refuse a stop, too');
      reconciler.start();
      parts.telemetry.start();
      alerts.start();
      notices.start();
      parts.thresholds.start();
    },
    stop: async () => {
      await alerts.stop();
      await notices.stop();
      await reconciler.stop();
      parts.thresholds.stop();
      parts.measurements.stop();
      await components.bus.stop();
      await parts.telemetry.stop();
      await ledger.settle();
      await components.store.close();
    },
  };
}

interface Parts {
  readonly ledger: FleetLedger;
  readonly presence: Presence;
  readonly alerting: AlertingPolicy;
  readonly reconciler: RolloutReconciler;
  readonly distributor: Distributor;
  readonly isolations: IsolationPublisher;
  readonly ingest: DeviceIngest;
  readonly telemetry: TelemetryRecorder;
  readonly alerts: AlertKeeper;
  readonly notices: NoticeDispatcher;
  readonly logs: LogRelay;
  readonly measurements: MeasurementBoard;
  readonly datasets: DatasetPublisher;
  readonly thresholds: ThresholdReminding;
  readonly service: OperatorService;
  readonly malformed: MalformedMessages;
}

function wire(components: CoordinatorComponents, init: CoordinatorInit, ledger: FleetLedger): Parts {
  const { bus, clock, logger } = components;
  const { state } = ledger;
  const topics = topicsOf(init.fleet);
  const presence = new Presence(clock);
  const distributor = new Distributor({ ...components, topics, state });
  const isolations = new IsolationPublisher({ bus, topics, state, logger });
  const usualWaves: UsualWaves = { ...defaultUsualWaves, ...init.usualWaves };
  const progress = new ProgressBoard({
    ...components,
    topics,
    rollouts: state.rollouts,
    look: () => {
      const fleet = viewFleet(state, presence);
      const time = reconciler.planTime();
      return (rollout) => summarizeRollout(rollout, fleet, time);
    },
  });
  const reconciler = new RolloutReconciler(
    { ledger, presence, distributor, clock, logger, onLooked: () => progress.refresh() },
    reconcilerInit(init),
  );
  const { alerting, alerts, notices } = wireAlerting(components, init, {
    ledger,
    presence,
    distributor,
    isolations,
    planTime: () => reconciler.planTime(),
  });
  const onNews = () => reconciler.look();
  const telemetry = new TelemetryRecorder({ ledger, clock, logger, onNews });
  const ingest = new DeviceIngest({ ledger, presence, telemetry, alerts, distributor, bus, topics, clock, onNews });
  const logs = new LogRelay({ bus, topics, clock });
  const measuring = wireMeasuring(components, topics, { ledger, presence });
  const parts = { ledger, presence, distributor, isolations, reconciler, telemetry, logs, alerting, ...measuring };
  const operator = {
    ...components,
    ...parts,
    progress,
    replays: new WorkQueue({ waitingMax: 4 }),
    usualWaves,
    usualApprovals: new Set(init.approvals),
    checklist: init.checklist,
    channelHealths: () => notices.healths,
  };
  const service = new OperatorService({ operator, bus, topics, logger });
  return { ...parts, ingest, alerts, notices, service, malformed: new MalformedMessages(clock, logger) };
}

/** What has devices measure, and tells them what comes of it. */
function wireMeasuring(
  components: CoordinatorComponents,
  topics: Topics,
  { ledger, presence }: Pick<Fleet, 'ledger' | 'presence'>,
) {
  const { bus, clock, logger } = components;
  const results = new MeasurementResults({ ledger, presence, clock });
  const measurements = new MeasurementBoard({ bus, topics, clock, logger, results });
  const datasets = new DatasetPublisher({ ...components, topics });
  const thresholds = new ThresholdReminding({ ...components, state: ledger.state, presence, measurements });
  return { measurements, datasets, thresholds };
}

function reconcilerInit({ silenceMsMax = defaultSilenceMsMax, reconcilePeriodMs, kept }: CoordinatorInit) {
  return {
    silenceMsMax,
    ...(reconcilePeriodMs === undefined ? {} : { periodMs: reconcilePeriodMs }),
    ...(kept === undefined ? {} : { kept }),
  };
}

type Fleet = Pick<Parts, 'ledger' | 'presence' | 'distributor' | 'isolations'> &
  Pick<AlertKeeperComponents, 'planTime'>;

/** What finds out what is wrong, and what tells people of it. */
function wireAlerting(
  { channels = noChannels, clock, logger }: CoordinatorComponents,
  init: CoordinatorInit,
  fleet: Fleet,
) {
  const alerting = init.alerting ?? silentPolicy;
  const random = seededRandom(clock.wallMs());
  const notices = new NoticeDispatcher({ ledger: fleet.ledger, channels, clock, random, logger }, alerting);
  const channelHealths = () => notices.healths;
  return { alerting, notices, alerts: new AlertKeeper({ ...fleet, clock, logger, channelHealths }, alerting) };
}

/** What the coordinator listens to. */
function inboundFilters(fleet: string): string[] {
  const root = topicRoot(fleet);
  const leaves = ['reported', 'status', 'health', 'event', 'log', 'reply/+'];
  return [...leaves.map((leaf) => `${root}/device/+/${leaf}`), `${root}/operator/+/request/+`];
}

/**
 * Nothing that anybody sends may end the coordinator: what cannot be used is counted. That the disk is full is no fault of
 * the sender's, and is in the log already.
 */
function receive(parts: Parts, { logger }: CoordinatorComponents, fleet: string, message: IncomingMessage): void {
  dispatch(parts, fleet, message).catch((error: unknown) => {
    if (isLlnError(error, 'STORE_FULL')) return;
    if (error instanceof LlnError && error.fault !== 'internal') parts.malformed.note(senderOf(message), error);
    else logger.error({ err: error, topic: message.topic }, 'message could not be handled');
  });
}

function senderOf({ topic }: IncomingMessage): string {
  return topic.split('/').slice(3, 5).join('/');
}

async function dispatch(
  { ingest, logs, measurements, service }: Parts,
  fleet: string,
  message: IncomingMessage,
): Promise<void> {
  const { topic, payload, sender } = message;
  // What clears a retained message is no message.
  if (payload.length === 0) return;
  const address = parseTopic(fleet, topic);
  if (address === null) throw new LlnError('MESSAGE_INVALID', `${topic} is no topic of this fleet`);
  switch (address.kind) {
    case 'reported':
      return ingest.takeReported(address.device, payload);
    case 'status':
      return ingest.takeStatus(address.device, payload);
    case 'health':
      return ingest.takeHealth(address.device, payload);
    case 'event':
      return ingest.takeEvent(address.device, payload);
    case 'log':
      return logs.takeLog(address.device, payload);
    case 'reply':
      return (measurements.has(address.request) ? measurements : logs).takeReply(
        address.device,
        address.request,
        payload,
      );
    case 'operator-request': {
      const { client, request } = address;
      return service.takeRequest(
        { client, request, actor: (sender ?? client).slice(0, 64), isNamed: sender !== null },
        payload,
      );
    }
    default:
      return;
  }
}

async function setOperatorSecret(
  ledger: FleetLedger,
  { secrets, clock }: CoordinatorComponents,
  username: string,
): Promise<string> {
  const secret = secrets.newSecret();
  const operator = { username, secretHash: secrets.hash(secret), role: 'admin' as const, createdMs: clock.wallMs() };
  await ledger.change(() => ({ changes: [{ kind: 'put-operator', operator }], result: null }));
  return secret;
}
