import { type Clock, deviceIdSchema, kernelAbi, LlnError, parseWith, type Timer, topicsOf } from '@liquid-lln/protocol';
import type { DeviceTraits } from '../domain/reported.js';
import { soundEngine } from '../domain/trial-policy.js';
import type { AgentApi, GatewayHealth, HealthSummary } from '../ports/agent-api.js';
import type { EngineActivation } from '../ports/inference-engine.js';
import type { AgentComponents, AgentInit } from './agent-components.js';
import { openBoardDevice } from './board/board-device.js';
import type { BoardKeeper } from './board/board-keeper.js';
import { type DeviceInit, DeviceRuntime, type SharedComponents } from './device-runtime.js';
import { FleetLink } from './fleet-link.js';
import { LogRing } from './log-ring.js';
import { SlotStore } from './slot-store.js';
import { TopicPackageSource } from './topic-package-source.js';
import { UnitCouncil } from './unit-council.js';

/** A gateway's agent, composed of parts that somebody else has made. */
export interface Agent extends AgentApi {
  /** Takes part in the fleet; `addresses` is where clients reach it. Call it once. */
  start(addresses: readonly string[]): void;
  /** Stops cleanly: what is under way ends or is given up, and the fleet is told. */
  stop(): Promise<void>;
}

/** The policy is evaluated, the sensors are read and probes are made once a second. */
const tickMs = 1_000;

/** The gateway's own kernel runs what it has open: nothing else has to be brought in line with the record. */
const nativeActivation: EngineActivation = { align: async () => undefined, condition: soundEngine };
const ownTraits: DeviceTraits = { kind: 'native', kernelAbi };

/**
 * Opens the stores and serves what is live; neither the fleet nor the boards are needed for that.
 * @throws LlnError STORAGE_FULL, STORAGE_FAILED
 */
export async function createAgent(components: AgentComponents, init: AgentInit): Promise<Agent> {
  const { clock, bus, random, askSelf } = components;
  const topics = topicsOf(init.fleet);
  const source = new TopicPackageSource({ bus, clock }, { topics });
  const ring = new LogRing({ delegate: components.logger, clock });
  const shared: SharedComponents = { bus, source, clock, random, askSelf, council: new UnitCouncil({ logger: ring }) };
  const gateway = await openGatewayDevice(components, shared, ring, initOf(init, null));
  const boards = await Promise.all(
    components.boards.map((board) => openBoardDevice(components, shared, board, initOf(init, board.name))),
  );
  const devices: [DeviceRuntime, ...DeviceRuntime[]] = [gateway, ...boards.map(({ runtime }) => runtime)];
  for (const device of devices) shared.council.join(device);
  const link = new FleetLink({ bus, source, logger: ring, devices }, init);
  return composeAgent({ clock, link, devices, keepers: boards.map(({ keeper }) => keeper) });
}

function initOf(
  init: AgentInit,
  board: string | null,
): DeviceInit & Pick<AgentInit, 'epoch' | 'startId' | 'machineBootId'> {
  const id = board === null ? init.gatewayId : `${init.gatewayId}.${board}`;
  return { ...init, topics: topicsOf(init.fleet), deviceId: parseWith(deviceIdSchema, id, 'device', 'CONFIG_INVALID') };
}

async function openGatewayDevice(
  components: AgentComponents,
  shared: SharedComponents,
  ring: LogRing,
  init: DeviceInit & Pick<AgentInit, 'epoch' | 'startId' | 'machineBootId'>,
): Promise<DeviceRuntime> {
  const { storage, engine, sensors, clock, cpuClock } = components;
  const store = await SlotStore.open({ storage, engine, clock, logger: ring }, init);
  const checker = components.checkerOf(storage);
  const metrics = components.metricsOf(init.deviceId);
  const activation = nativeActivation;
  const own = {
    storage,
    store,
    engine,
    activation,
    checker,
    sensors,
    ring,
    metrics,
    cpuClock,
    traits: () => ownTraits,
  };
  return DeviceRuntime.open(shared, own, init);
}

interface AgentParts {
  readonly clock: Clock;
  readonly link: FleetLink;
  /** The gateway's own engine first. */
  readonly devices: readonly [DeviceRuntime, ...DeviceRuntime[]];
  readonly keepers: readonly BoardKeeper[];
}

function composeAgent({ clock, link, devices, keepers }: AgentParts): Agent {
  const [gateway] = devices;
  let ticker: Timer | null = null;
  const find = (device: string | null = null) => findDevice(devices, device);
  return {
    infer: async (body, device) => {
      try {
        return await find(chooseDevice(body, device)).infer(body);
      } catch (error) {
        if (error instanceof UnknownDevice) gateway.onRejected();
        throw error;
      }
    },
    onRejected: () => gateway.onRejected(),
    health: (device) => withAllDevices(find(device).view.health(), devices),
    summary: (device) => withAllDevices(find(device).view.summary(), devices),
    states: () => devices.map(({ view }) => view.state),
    details: () => devices.map(({ view }) => view.health()),
    model: (device) => find(device).view.model(),
    start: (addresses) => {
      link.start();
      for (const device of devices) device.start(link, addresses);
      for (const keeper of keepers) keeper.start((deviceId) => link.publishStatus(deviceId));
      ticker = clock.every(tickMs, () => {
        for (const device of devices) device.tick();
      });
    },
    stop: async () => {
      ticker?.cancel();
      for (const keeper of keepers) keeper.stop();
      await Promise.all(devices.map((device) => device.stop()));
      await link.stop();
      await Promise.all(keepers.map((keeper) => keeper.close()));
    },
  };
}

/** Adds all devices in short to what is known about one of them, which is not evaluated again. */
function withAllDevices<Own extends HealthSummary>(own: Own, devices: AgentParts['devices']): GatewayHealth<Own> {
  const { status, device, model, state, isolation, verdict } = own;
  const known = { status, device, model, state, isolation, verdict };
  return { ...own, devices: devices.map(({ deviceId, view }) => (deviceId === device ? known : view.summary())) };
}

class UnknownDevice extends LlnError {}

/** The address and the body may both name a device; if they name two, nobody can tell which one is meant. */
function chooseDevice(body: unknown, named: string | null = null): string | null {
  const inBody = typeof body === 'object' && body !== null && 'device' in body ? body.device : null;
  if (typeof inBody !== 'string') return named;
  if (named === null || named === inBody) return inBody;
  throw new UnknownDevice('INPUT_INVALID', `the address names device ${named}, the body ${inBody.slice(0, 100)}`);
}

function findDevice(devices: AgentParts['devices'], wanted: string | null): DeviceRuntime {
  if (wanted === null) return devices[0];
  const found = devices.find(({ deviceId }) => deviceId === wanted);
  if (found !== undefined) return found;
  const here = devices.map(({ deviceId }) => deviceId).join(', ');
  throw new UnknownDevice('INPUT_INVALID', `device ${wanted.slice(0, 100)} is not here, but ${here}`);
}
