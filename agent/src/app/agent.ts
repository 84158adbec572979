import {
  type Clock,
  type DeviceId,
  type Environment,
  type GatewayId,
  type Random,
  type Timer,
  toErrorReport,
  topicsOf,
} from '@liquid-lln/protocol';
import type { AgentApi } from '../ports/agent-api.js';
import type { Bus } from '../ports/bus.js';
import type { InferenceEngine } from '../ports/inference-engine.js';
import type { Logger } from '../ports/logger.js';
import type { InferenceObserver } from '../ports/metrics.js';
import type { PackageChecker } from '../ports/package-checker.js';
import type { Sensors } from '../ports/sensors.js';
import type { Storage } from '../ports/storage.js';
import { AgentView } from './agent-view.js';
import { AlertKeeper } from './alert-keeper.js';
import { EventCourier } from './event-courier.js';
import { FleetLink } from './fleet-link.js';
import { HealthMonitor } from './health-monitor.js';
import { InferenceService } from './inference-service.js';
import { LiveModels } from './live-models.js';
import { LogRing } from './log-ring.js';
import { LogService } from './log-service.js';
import { PackageFetcher } from './package-fetcher.js';
import { PackageSwitch } from './package-switch.js';
import { Prober } from './prober.js';
import { Reconciler } from './reconciler.js';
import { Reporter } from './reporter.js';
import { SessionTable } from './session-table.js';
import { SlotStore } from './slot-store.js';
import { createExecutors, type DeploymentProgress } from './step-executors.js';
import { TopicPackageSource } from './topic-package-source.js';

export interface AgentComponents {
  readonly storage: Storage;
  readonly engine: InferenceEngine;
  readonly checker: PackageChecker;
  readonly bus: Bus;
  readonly sensors: Sensors;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: InferenceObserver;
}

export interface AgentInit {
  readonly gatewayId: GatewayId;
  /** The gateway's own engine is the device of the same name. */
  readonly deviceId: DeviceId;
  readonly environment: Environment;
  readonly site: string;
  readonly fleet: string;
  readonly agentVersion: string;
  /** For a store that is new. */
  readonly epoch: string;
}

/** A gateway's agent, composed of parts that somebody else has made. */
export interface Agent extends AgentApi {
  /** Takes part in the fleet; `addresses` is where clients reach it. Call it once. */
  start(addresses: readonly string[]): void;
  /** Stops cleanly: what is under way ends or is given up, and the fleet is told. */
  stop(): Promise<void>;
}

/** The policy is evaluated, the sensors are read and probes are made once a second. */
const tickMs = 1_000;

/**
 * Opens the store and serves what is live; the fleet is not needed for that.
 * @throws LlnError STORAGE_FULL, STORAGE_FAILED
 */
export async function createAgent(components: AgentComponents, init: AgentInit): Promise<Agent> {
  const { clock, storage, engine, sensors } = components;
  const ring = new LogRing({ delegate: components.logger, clock });
  const store = await SlotStore.open({ storage, engine, clock, logger: ring }, init);
  const models = new LiveModels();
  const monitor = new HealthMonitor({ clock, sensors });
  const observer = bothOf(monitor, components.metrics);
  const service = new InferenceService({ models, sessions: new SessionTable(clock), observer, logger: ring }, init);
  const packages = new PackageSwitch({ store, engine, models, monitor, service, clock, logger: ring });
  await packages.open();
  return assemble(components, init, { ring, store, models, monitor, service, packages });
}

interface Core {
  readonly ring: LogRing;
  readonly store: SlotStore;
  readonly models: LiveModels;
  readonly monitor: HealthMonitor;
  readonly service: InferenceService;
  readonly packages: PackageSwitch;
}

function assemble(components: AgentComponents, init: AgentInit, core: Core): Agent {
  const { storage, checker, bus, clock, random, engine } = components;
  const { ring: logger, store, monitor, models, service } = core;
  const topics = topicsOf(init.fleet);
  const source = new TopicPackageSource({ bus, clock }, { topics });
  const fetcher = new PackageFetcher({ storage, source, clock, random, logger });
  const progress: DeploymentProgress = { incoming: null, verified: null, fetching: null, verifying: null };
  const courier = new EventCourier({ store, bus, clock }, { ...init, topics });
  let reporter: Reporter | null = null;
  const onChange = () => {
    courier.send();
    reporter?.onChange();
  };
  const onProgress = () => reporter?.onProgress();
  const executors = createExecutors({ ...core, storage, fetcher, checker, progress, onProgress });
  const place = { deviceId: init.deviceId, kind: engine.kind, site: init.site };
  const reconciler = new Reconciler({ ...core, executors, progress, clock, random, logger, onChange }, place);
  const logs = new LogService({ ring: logger, bus, clock }, { ...init, topics });
  const onDocuments = reconciler.setDocuments.bind(reconciler);
  const link = new FleetLink(
    { bus, store, source, courier, logs, clock, logger, onDocuments, onConnect: onChange },
    init,
  );
  const alerts = new AlertKeeper({ monitor, store, clock, logger });
  const prober = new Prober({ models, service, monitor });
  const view = new AgentView({ store, models, service, monitor, reconciler, bus }, init);
  let ticker: Timer | null = null;
  const tick = () => {
    monitor.sample();
    reconciler.wake();
    if (monitor.trialProgress !== null) onProgress();
    prober.tick().catch((error: unknown) => logger.error('a probe failed', { error: toErrorReport(error) }));
    alerts.tick().then(
      () => courier.send(),
      (error: unknown) => {
        logger.error('an alert could not be kept', { error: toErrorReport(error) });
      },
    );
  };
  return {
    infer: (body) => view.infer(body),
    onRejected: () => view.onRejected(),
    health: () => view.health(),
    model: () => view.model(),
    start: (addresses) => {
      const identity = { ...init, kind: engine.kind, addresses };
      reporter = new Reporter({ ...core, storage, reconciler, progress, link, bus, clock, logger }, identity);
      reporter.start();
      link.start();
      ticker = clock.every(tickMs, tick);
      reconciler.wake();
    },
    stop: async () => {
      ticker?.cancel();
      reporter?.stop();
      logs.stop();
      courier.stop();
      await reconciler.stop();
      await store.flush();
      await link.stop();
    },
  };
}

function bothOf(first: InferenceObserver, second: InferenceObserver): InferenceObserver {
  return {
    onInference: (digest, sample) => {
      first.onInference(digest, sample);
      second.onInference(digest, sample);
    },
    onRejected: () => {
      first.onRejected();
      second.onRejected();
    },
  };
}
