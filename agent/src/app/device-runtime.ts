import {
  type AdoptedThresholds,
  type Clock,
  type DeviceId,
  type Environment,
  type GatewayId,
  type IsolationDocument,
  type LiquidPackage,
  type Random,
  type Topics,
  toErrorReport,
} from '@liquid-lln/protocol';
import type { Documents } from '../domain/arbitration.js';
import { isDebugging } from '../domain/debugging.js';
import { refuseIsolated } from '../domain/isolation.js';
import type { DeviceTraits } from '../domain/reported.js';
import { standbySlot } from '../domain/store-record.js';
import { type UnitMember, unitMemberOf } from '../domain/unit.js';
import type { InferenceAnswer } from '../ports/agent-api.js';
import type { AskSelf } from '../ports/ask-self.js';
import type { Bus } from '../ports/bus.js';
import type { CpuClock } from '../ports/cpu-clock.js';
import type { EngineActivation, InferenceEngine } from '../ports/inference-engine.js';
import type { InferenceObserver } from '../ports/metrics.js';
import type { PackageChecker } from '../ports/package-checker.js';
import type { PackageSource } from '../ports/package-source.js';
import type { Sensors } from '../ports/sensors.js';
import type { Storage } from '../ports/storage.js';
import { AlertKeeper } from './alert-keeper.js';
import { DeviceView } from './device-view.js';
import { DrillDesk } from './drill.js';
import { EventCourier } from './event-courier.js';
import type { FleetLink, LinkedDevice } from './fleet-link.js';
import { HealthMonitor } from './health-monitor.js';
import { InferenceService } from './inference-service.js';
import { IsolationKeeper } from './isolation-keeper.js';
import { LiveModels } from './live-models.js';
import type { LogRing } from './log-ring.js';
import { LogService } from './log-service.js';
import type { DrilledDevice } from './measure/measurement.js';
import { MeasurementService } from './measure/measurement-service.js';
import { PackageFetcher } from './package-fetcher.js';
import { PackageSwitch } from './package-switch.js';
import { Prober } from './prober.js';
import { Reconciler } from './reconciler.js';
import { Reporter } from './reporter.js';
import { SessionTable } from './session-table.js';
import { ShadowStage } from './shadow-stage.js';
import type { SlotStore } from './slot-store.js';
import { createExecutors, type DeploymentProgress } from './step-executors.js';
import { StoreKeeper } from './store-keeper.js';
import { ThresholdKeeper } from './threshold-keeper.js';
import type { CouncilSeat, UnitCouncil } from './unit-council.js';

/** What every device of a gateway has in common. */
export interface SharedComponents {
  readonly bus: Bus;
  readonly source: PackageSource;
  readonly council: UnitCouncil;
  readonly clock: Clock;
  readonly random: Random;
  readonly askSelf: AskSelf;
}

/** What makes a device of its own. */
export interface DeviceComponents {
  readonly storage: Storage;
  readonly store: SlotStore;
  readonly engine: InferenceEngine;
  readonly activation: EngineActivation;
  readonly checker: PackageChecker;
  readonly sensors: Sensors;
  readonly ring: LogRing;
  readonly metrics: InferenceObserver;
  readonly cpuClock: () => CpuClock | null;
  /** Null as long as a board has not said what it is. */
  traits(): DeviceTraits | null;
}

export interface DeviceInit {
  readonly deviceId: DeviceId;
  readonly gatewayId: GatewayId;
  readonly environment: Environment;
  readonly site: string;
  readonly agentVersion: string;
  readonly topics: Topics;
}

interface DeviceParts {
  readonly models: LiveModels;
  readonly monitor: HealthMonitor;
  readonly service: InferenceService;
  readonly shadow: ShadowStage;
  readonly thresholds: ThresholdKeeper;
  readonly reconciler: Reconciler;
  readonly progress: DeploymentProgress;
  readonly alerts: AlertKeeper;
  readonly prober: Prober;
  readonly isolation: IsolationKeeper;
  readonly keeper: StoreKeeper;
  readonly view: DeviceView;
}

type ServedParts = Pick<DeviceParts, 'models' | 'monitor' | 'service' | 'shadow' | 'thresholds'>;

/** A device: the gateway's own engine or a board, with its slots, its health, its trial and its voice. */
export class DeviceRuntime implements LinkedDevice, CouncilSeat {
  readonly deviceId: DeviceId;
  readonly store: SlotStore;
  readonly courier: EventCourier;
  readonly logs: LogService;
  readonly measurements: MeasurementService;
  readonly #shared: SharedComponents;
  readonly #components: DeviceComponents;
  readonly #init: DeviceInit;
  readonly #parts: DeviceParts;
  readonly #packages: PackageSwitch;
  readonly #drills = new DrillDesk();
  #reporter: Reporter | null = null;
  /** Where the agent answers clients. */
  #address = '';

  private constructor(
    shared: SharedComponents,
    components: DeviceComponents,
    init: DeviceInit,
    packages: PackageSwitch,
    served: ServedParts,
  ) {
    this.#shared = shared;
    this.#components = components;
    this.#init = init;
    this.deviceId = init.deviceId;
    this.store = components.store;
    components.ring.detailWhile(() => isDebugging(this.store.record));
    const { bus, clock } = shared;
    this.#packages = packages;
    this.courier = new EventCourier({ store: this.store, bus, clock }, init);
    this.logs = new LogService({ ring: components.ring, bus, clock }, init);
    this.#parts = this.#assemble(packages, served);
    this.measurements = this.#createMeasurements(served);
  }

  /** Serves what the record says is live; neither the fleet nor a board is needed for that. */
  static async open(shared: SharedComponents, components: DeviceComponents, init: DeviceInit): Promise<DeviceRuntime> {
    const { store, ring: logger } = components;
    const { clock } = shared;
    const models = new LiveModels();
    const thresholds = await ThresholdKeeper.open(components.storage, logger);
    const monitor = new HealthMonitor({ ...components, clock, adoptedOf: (digest) => thresholds.of(digest) });
    const observer = bothOf(monitor, components.metrics);
    const stage = new ShadowStage({ clock, logger, models, monitor });
    const sessions = new SessionTable(clock);
    const service = new InferenceService({ models, sessions, observer, shadow: stage, logger }, init);
    const packages = new PackageSwitch({
      ...components,
      store,
      models,
      monitor,
      service,
      shadow: stage,
      clock,
      logger,
    });
    await packages.open();
    return new DeviceRuntime(shared, components, init, packages, {
      models,
      monitor,
      service,
      shadow: stage,
      thresholds,
    });
  }

  get isOnline(): boolean {
    return this.#components.traits() !== null && !this.#parts.monitor.isSilent;
  }

  /** Answers a client. @throws LlnError what `InferenceService.infer` throws; DEVICE_ISOLATED */
  async infer(body: unknown): Promise<InferenceAnswer> {
    refuseIsolated(this.deviceId, this.#parts.isolation.inForce);
    return this.#parts.service.infer(body);
  }

  onRejected(): void {
    this.#parts.service.onRejected();
  }

  get view(): DeviceView {
    return this.#parts.view;
  }

  /** What runs the live package has crashed. */
  onCrash(): void {
    this.#parts.monitor.onCrash();
    this.wake();
  }

  /** What runs the packages has come, gone, or done something by itself. */
  onEngineNews(): void {
    this.#parts.monitor.sample();
    this.#onChange();
    this.#reporter?.onEngineNews();
    this.wake();
  }

  onDocuments(documents: Documents): void {
    this.#parts.reconciler.setDocuments(documents);
  }

  onIsolation(told: IsolationDocument): void {
    this.#parts.isolation.take(told);
  }

  onConnect(): void {
    this.#onChange();
  }

  wake(): void {
    this.#parts.reconciler.wake();
  }

  unitMember(): UnitMember | null {
    const isReady = () => this.#parts.monitor.decide()?.kind === 'confirm';
    return unitMemberOf(this.deviceId, this.store.record, isReady);
  }

  /** Takes part in the fleet. */
  start(link: FleetLink, addresses: readonly string[]): void {
    this.#address = addresses.find((address) => address.includes('127.0.0.1')) ?? addresses[0] ?? '';
    const { storage, ring: logger, traits } = this.#components;
    const { bus, clock } = this.#shared;
    const { gatewayId, environment, site, agentVersion, deviceId } = this.#init;
    const identity = () => {
      const known = traits();
      return known === null ? null : { deviceId, gatewayId, ...known, site, environment, agentVersion, addresses };
    };
    const components = { ...this.#parts, store: this.store, storage, link, bus, clock, logger };
    this.#reporter = new Reporter(components, identity);
    this.#reporter.start();
    this.#parts.keeper.start();
    this.wake();
  }

  /** Once a second: sensors, policy, probes, alerts. */
  tick(): void {
    const { monitor, shadow, prober, alerts } = this.#parts;
    const { ring: logger } = this.#components;
    monitor.sample();
    shadow.sample();
    this.wake();
    if (monitor.trialProgress !== null || shadow.isRunning) this.#reporter?.onProgress();
    prober.tick().catch((error: unknown) => logger.error('a probe failed', { error: toErrorReport(error) }));
    alerts.tick().then(
      () => this.courier.send(),
      (error: unknown) => logger.error('an alert could not be kept', { error: toErrorReport(error) }),
    );
  }

  async stop(): Promise<void> {
    this.#reporter?.stop();
    this.logs.stop();
    this.measurements.stop();
    this.courier.stop();
    this.#parts.isolation.stop();
    await this.#parts.reconciler.stop();
    await this.#parts.keeper.stop();
  }

  #assemble(packages: PackageSwitch, served: ServedParts): DeviceParts {
    const { store, ring: logger, storage, traits } = this.#components;
    const { source, clock, random, council } = this.#shared;
    const { deviceId, site } = this.#init;
    const drills = this.#drills;
    const progress: DeploymentProgress = {
      incoming: null,
      verified: null,
      fetching: null,
      verifying: null,
      begun: null,
    };
    const fetcher = new PackageFetcher({ storage, source, clock, random, logger });
    const onProgress = () => this.#reporter?.onProgress();
    const executors = createExecutors({ ...this.#components, packages, drills, fetcher, progress, onProgress });
    const place = () => {
      const known = traits();
      return known === null ? null : { deviceId, kind: known.kind, site };
    };
    const decideUnit = () => council.decide(deviceId);
    const onChange = () => this.#onChange();
    const { monitor, shadow } = served;
    const reconciler = new Reconciler(
      { store, monitor, executors, progress, drills, shadow, clock, random, logger, decideUnit, onChange },
      place,
    );
    const alerts = new AlertKeeper({ monitor, store, clock, logger });
    const isolation = new IsolationKeeper({ store, clock, random, logger, onChange });
    const view = new DeviceView({ ...served, isolation, reconciler, store, bus: this.#shared.bus }, this.#init);
    const keeper = new StoreKeeper({ store, clock, logger, onCaughtUp: () => this.courier.send() });
    return { ...served, reconciler, progress, alerts, prober: new Prober(served), isolation, keeper, view };
  }

  #createMeasurements({ models, service, monitor, thresholds }: ServedParts): MeasurementService {
    const { engine, ring: logger } = this.#components;
    const { store, deviceId } = this;
    const { clock, source, askSelf } = this.#shared;
    const activity = () => this.#parts.reconciler.activity;
    const device = {
      deviceId,
      source,
      readings: () => monitor.readings,
      limits: () => monitor.safeLimits,
      errors: () => monitor.evaluate().windows.recent.errors,
      ask: (body: string) => askSelf(`${this.#address}/inference?device=${deviceId}`, body),
      timeBrokerMs: async () => (await this.#reporter?.timeReportMs()) ?? null,
      cpuClock: this.#components.cpuClock,
      thresholdsInForce: () => monitor.thresholdsInForce,
      adopt: (adopted: AdoptedThresholds) => thresholds.adopt(adopted),
      drill: this.#drilled(service),
      tellHealth: () => this.#reporter?.tellHealth() ?? null,
    };
    return new MeasurementService({ store, models, engine, service, device, activity, clock, logger });
  }

  /** What a drill may have of this device. */
  #drilled(service: InferenceService): DrilledDevice {
    const { store } = this;
    const { engine } = this.#components;
    return {
      environment: this.#init.environment,
      record: () => store.record,
      begin: (signal) => this.#drills.ask(() => this.wake(), signal),
      candidate: () => readStandby(store, engine),
      counts: () => service.counts,
      tripToServingMs: () => this.#packages.tripToServingMs,
      report: async () => this.#reporter?.timeReportMs(),
      oldestUntold: () => store.oldestUntold,
    };
  }

  #onChange(): void {
    this.courier.send();
    this.#reporter?.onChange();
    this.#shared.council.onChange(this.deviceId);
  }
}

/** @throws LlnError what keeps the engine from opening it */
async function readStandby(store: SlotStore, engine: InferenceEngine): Promise<LiquidPackage | null> {
  const file = await store.readSlot(standbySlot(store.record));
  if (file === null) return null;
  const model = engine.load(file);
  model.close();
  return model.package;
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
