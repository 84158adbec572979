import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Agent,
  type AgentComponents,
  createAgent,
  FakeEngine,
  FakeSensors,
  MemoryBus,
  MemoryLogger,
  MemoryStorage,
} from '@liquid-lln/agent/testing';
import {
  type Clock,
  type DesiredDocument,
  type DeviceEvent,
  type DeviceId,
  decodeMessage,
  decodePackage,
  desiredDocumentSchema,
  deviceEventSchema,
  deviceStatusSchema,
  type EventBody,
  encodeMessage,
  eventAckSchema,
  type GatewayId,
  type HealthMessage,
  healthMessageSchema,
  type IsolationDocument,
  isolationDocumentSchema,
  LlnError,
  packageChunkSchema,
  type ReportedState,
  reportedStateSchema,
  seededRandom,
  splitPackage,
  topicsOf,
  transferManifestSchema,
  type WaveDocument,
  waveDocumentSchema,
} from '@liquid-lln/protocol';
import { ManualClock } from '@liquid-lln/protocol/testing';
import type { SignedPackage } from './signed-package.js';

const topics = topicsOf('test');
const deviceId = 'gw-1' as DeviceId;

/** A whole agent in virtual time, with a disk and a broker in memory. */
export class VirtualAgent {
  readonly clock = new ManualClock();
  readonly bus: MemoryBus;
  readonly storage: MemoryStorage;
  readonly engine: FakeEngine;
  readonly sensors = new FakeSensors();
  readonly logger = new MemoryLogger();
  /** Unlike all others: what ends such an agent is a power cut, unless a test says that the machine lives on. */
  readonly machineBootId: string;
  #agent: Agent | null = null;

  /** @param before whose disk, engine and broker this one goes on with, as after a restart. */
  constructor(before?: VirtualAgent, machineBootId: string = randomUUID()) {
    this.machineBootId = machineBootId;
    this.storage = before?.storage ?? new MemoryStorage();
    this.engine = before?.engine ?? new FakeEngine();
    this.bus = before?.bus ?? new MemoryBus();
  }

  static async start(
    before?: VirtualAgent,
    components: Partial<AgentComponents> | ((clock: Clock) => Partial<AgentComponents>) = {},
    isConnected = true,
    machineBootId?: string,
  ): Promise<VirtualAgent> {
    const agent = new VirtualAgent(before, machineBootId);
    await agent.#start(typeof components === 'function' ? components(agent.clock) : components);
    if (isConnected) agent.bus.connect();
    await agent.settle();
    return agent;
  }

  get agent(): Agent {
    if (this.#agent === null) throw new Error('the agent was not started');
    return this.#agent;
  }

  /** Lets everything end that needs no time to pass. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 40; turn += 1) await nextTurn();
  }

  /** Lets seconds pass, one by one, with `eachSecond` in each of them. */
  async pass(seconds: number, eachSecond: () => Promise<unknown> = async () => undefined): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      await eachSecond();
      this.clock.advance(1_000);
      await this.settle();
    }
  }

  offer({ file, reference }: SignedPackage, chunkBytes = 400): void {
    const { manifest, chunks } = splitPackage(file, reference.digest, chunkBytes);
    for (const [index, data] of chunks.entries()) {
      const payload = encodeMessage(packageChunkSchema, { v: 1, data }, 'chunk');
      this.bus.retain(topics.packageChunk(reference.digest, index), payload);
    }
    const payload = encodeMessage(transferManifestSchema, manifest, 'transfer manifest');
    this.bus.retain(topics.packageManifest(reference.digest), payload);
  }

  async setDesired(document: DesiredDocument, device: DeviceId = deviceId): Promise<void> {
    this.bus.retain(topics.desired(device), encodeMessage(desiredDocumentSchema, document, 'desired'));
    await this.settle();
  }

  async setIsolation(document: IsolationDocument, device: DeviceId = deviceId): Promise<void> {
    this.bus.retain(topics.isolation(device), encodeMessage(isolationDocumentSchema, document, 'isolation'));
    await this.settle();
  }

  async setWave(document: WaveDocument): Promise<void> {
    this.bus.retain(topics.wave('production'), encodeMessage(waveDocumentSchema, document, 'wave'));
    await this.settle();
  }

  async acknowledge(upTo: number, device: DeviceId = deviceId): Promise<void> {
    const epoch = this.#eventsFrom(device)[0]?.epoch ?? '';
    this.bus.deliver(topics.eventAck(device), encodeMessage(eventAckSchema, { v: 1, epoch, upTo }, 'ack'));
    await this.settle();
  }

  /** Everything that the device has said so far is stored. */
  async acknowledgeAll(device: DeviceId = deviceId): Promise<void> {
    await this.acknowledge(this.#eventsFrom(device).at(-1)?.sequence ?? 0, device);
  }

  /** Several inferences at once; how many were answered. */
  async infer(count: number, device: DeviceId = deviceId): Promise<number> {
    const ask = () => this.agent.infer({ input: [0.5] }, device);
    const answers = await Promise.allSettled(Array.from({ length: count }, ask));
    return answers.filter(({ status }) => status === 'fulfilled').length;
  }

  /** Each event once, in the order of its number. */
  get events(): DeviceEvent[] {
    return this.#eventsFrom(deviceId);
  }

  #eventsFrom(device: DeviceId): DeviceEvent[] {
    const sent = this.bus.published.filter(({ topic }) => topic === topics.event(device));
    const events = sent.map(({ payload }) => decodeMessage(deviceEventSchema, payload, 'event'));
    const bySequence = new Map(events.map((event) => [event.sequence, event]));
    return [...bySequence.values()].sort((a, b) => a.sequence - b.sequence);
  }

  eventsOf<K extends EventBody['kind']>(kind: K, device: DeviceId = deviceId): Extract<EventBody, { kind: K }>[] {
    const isKind = (body: EventBody): body is Extract<EventBody, { kind: K }> => body.kind === kind;
    return this.#eventsFrom(device)
      .map(({ body }) => body)
      .filter(isKind);
  }

  get report(): ReportedState | null {
    return this.reportOf(deviceId);
  }

  reportOf(device: DeviceId): ReportedState | null {
    const last = this.bus.published.findLast(({ topic }) => topic === topics.reported(device));
    return last === undefined ? null : decodeMessage(reportedStateSchema, last.payload, 'report');
  }

  /** Whether the device is there, by the last that was said about it. */
  isOnline(device: DeviceId): boolean {
    const last = this.bus.published.findLast(({ topic }) => topic === topics.status(device));
    return last !== undefined && decodeMessage(deviceStatusSchema, last.payload, 'status').online;
  }

  healthOf(device: DeviceId): HealthMessage | null {
    const last = this.bus.published.findLast(({ topic }) => topic === topics.health(device));
    return last === undefined ? null : decodeMessage(healthMessageSchema, last.payload, 'health');
  }

  /** What the HTTP server would answer. */
  async #askSelf(body: string) {
    try {
      return { status: 200, body: JSON.stringify(await this.agent.infer(JSON.parse(body))) };
    } catch (error) {
      return { status: 400, body: JSON.stringify({ code: error instanceof LlnError ? error.code : 'INPUT_INVALID' }) };
    }
  }

  async #start(components: Partial<AgentComponents>): Promise<void> {
    const { clock, bus, storage, engine, sensors, logger } = this;
    const checkerOf = () => ({ check: async () => undefined });
    const metricsOf = () => ({ onInference: () => undefined, onRejected: () => undefined });
    const askSelf = (_url: string, body: string) => this.#askSelf(body);
    const openPackage = decodePackage;
    const random = seededRandom(1);
    this.#agent = await createAgent(
      {
        ...{ clock, bus, storage, engine, sensors, logger, random },
        ...{ checkerOf, metricsOf, askSelf, cpuClock: () => null, openPackage, boards: [] },
        ...components,
      },
      {
        gatewayId: deviceId as string as GatewayId,
        environment: 'production',
        site: 'lab',
        fleet: 'test',
        agentVersion: '0.1.0',
        machineBootId: this.machineBootId,
        startId: randomUUID().slice(0, 8),
        epoch: `epoch-${this.storage.files.size}`,
      },
    );
    this.agent.start(['http://127.0.0.1:1']);
  }
}
