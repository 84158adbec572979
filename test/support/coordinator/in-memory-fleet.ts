import {
  type AlertingPolicy,
  type ChecklistPolicy,
  type Coordinator,
  type CoordinatorInit,
  createCoordinator,
  type DiskReserve,
  type NoticeChannels,
  silentLogger,
} from '@liquid-lln/coordinator';
import { ManualBus, MemoryFleetStore, MemoryPackageFiles } from '@liquid-lln/coordinator/testing';
import {
  clientIdSchema,
  type DeviceEvent,
  type DeviceId,
  type DeviceReply,
  decodeMessage,
  desiredDocumentSchema,
  deviceEventSchema,
  deviceReplySchema,
  deviceStatusSchema,
  encodeMessage,
  gatewayIdSchema,
  type HealthMessage,
  healthMessageSchema,
  type Instruction,
  isInCohort,
  isolationDocumentSchema,
  limits,
  type OperatorReply,
  type OperatorRequest,
  operatorReplySchema,
  operatorRequestSchema,
  parseWith,
  type ReportedState,
  reportedStateSchema,
  requestIdSchema,
  topicsOf,
  waveDocumentSchema,
} from '@liquid-lln/protocol';
import { ManualClock } from '@liquid-lln/protocol/testing';
import { somePackage, someReport } from '../fleet-views.js';
import { countingSecrets, nothingRequired, trustingReader } from './doubles.js';
import { deviceIdOf } from './rollout-builders.js';

const topics = topicsOf('default');
const client = parseWith(clientIdSchema, 'tester', 'client id');

/** A device that takes one step each time it is looked at: take up, try, confirm. */
export class StepDevice {
  readonly deviceId: DeviceId;
  reported: ReportedState;
  /** Every instruction taken up, by its generation. */
  readonly taken: {
    readonly generation: number;
    readonly rolloutId: string | null;
    readonly instruction: Instruction;
  }[] = [];
  /** Does nothing and says nothing while it is away. */
  isAway = false;
  /** Stays in its trial while it is held there. */
  isTrialHeld = false;

  constructor(name: string) {
    this.deviceId = deviceIdOf(name);
    this.reported = someReport(name, { generation: 0, sequence: 1 });
  }

  /** Looks at the retained documents, does what is next, and says so. */
  step(bus: ManualBus): void {
    if (this.isAway) return;
    this.#takeUp(bus);
    this.#takeIsolation(bus);
    const { running } = this.reported;
    if (running?.state === 'trial' && !this.isTrialHeld)
      this.reported = { ...this.reported, running: { ...running, state: 'confirmed' } };
    else this.#begin();
    this.reported = { ...this.reported, sequence: this.reported.sequence + 1 };
    bus.deliver(topics.reported(this.deviceId), encodeMessage(reportedStateSchema, this.reported, 'report'));
  }

  #takeUp(bus: ManualBus): void {
    const ownBytes = bus.retained.get(topics.desired(this.deviceId));
    const waveBytes = bus.retained.get(topics.wave('production'));
    if (ownBytes === undefined) return;
    const own = decodeMessage(desiredDocumentSchema, ownBytes, 'desired document');
    const wave = waveBytes === undefined ? null : decodeMessage(waveDocumentSchema, waveBytes, 'wave document');
    const place = { deviceId: this.deviceId, kind: 'native', site: 'lab', admission: own.admission };
    const isNews = wave !== null && (wave.since === undefined || wave.rolloutId !== this.taken.at(-1)?.rolloutId);
    const isIn = isNews && isInCohort(wave.cohort, place);
    const newest = isIn && wave.generation > own.generation ? wave : own;
    if (newest.generation <= this.reported.generation) return;
    const { generation, rolloutId, instruction } = newest;
    if (instruction.kind === 'hold' || instruction.kind === 'rollback') this.#leave();
    this.taken.push({ generation, rolloutId, instruction });
    this.reported = { ...this.reported, generation: newest.generation };
  }

  /** Leaves the package on trial for the one before, as every device does that is told to hold or to go back. */
  #leave(): void {
    const { running } = this.reported;
    if (running?.state !== 'trial') return;
    const { digest, name, version } = running;
    const left = { state: 'failed' as const, package: { digest, name, version }, bytes: 0, failure: 'told to' };
    const before = somePackage();
    this.reported = {
      ...this.reported,
      running: { ...before, slot: 'blue', state: 'confirmed', sinceMs: 1 },
      slots: { ...this.reported.slots, green: left },
    };
  }

  #takeIsolation(bus: ManualBus): void {
    const bytes = bus.retained.get(topics.isolation(this.deviceId));
    if (bytes === undefined) return;
    const { v: _, atMs, ...told } = decodeMessage(isolationDocumentSchema, bytes, 'isolation document');
    if (told.revision <= (this.reported.isolation?.revision ?? 0)) return;
    this.reported = { ...this.reported, isolation: { ...told, sinceMs: atMs } };
  }

  #begin(): void {
    const instruction = this.taken.at(-1)?.instruction;
    if (instruction?.kind !== 'deploy') return;
    const { digest, name, version } = instruction.package;
    if (this.reported.running?.digest === digest) return;
    this.reported = { ...this.reported, running: { digest, name, version, slot: 'green', state: 'trial', sinceMs: 1 } };
  }
}

export interface FleetInit {
  /** Who is told of what, and what carries it. */
  readonly alerting?: AlertingPolicy;
  readonly channels?: NoticeChannels;
  /** What room is kept back on the disk. */
  readonly reserve?: DiskReserve;
  /** What is kept of rollouts that are over. */
  readonly kept?: NonNullable<CoordinatorInit['kept']>;
  /** Nothing is required if it is left out. */
  readonly checklist?: ChecklistPolicy;
}

/** A coordinator on memory that can be killed and started again; the broker forgets everything with it. */
export class InMemoryFleet {
  readonly store = new MemoryFleetStore();
  readonly clock = new ManualClock();
  readonly devices: readonly StepDevice[];
  readonly #files = new MemoryPackageFiles();
  readonly #secrets = countingSecrets();
  readonly #init: FleetInit;
  #bus = new ManualBus();
  #coordinator: Coordinator | null = null;
  /** The store of a killed coordinator takes nothing any more. */
  #life = 0;

  constructor(deviceCount: number, init: FleetInit = {}) {
    this.#init = init;
    this.devices = Array.from({ length: deviceCount }, (_, index) => new StepDevice(`gw-${index + 1}`));
  }

  /** What this life of the coordinator has published, in order. */
  get published(): ManualBus['published'] {
    return this.#bus.published;
  }

  get isAlive(): boolean {
    return this.#coordinator !== null;
  }

  async start(): Promise<void> {
    const life = ++this.#life;
    const bus = new ManualBus();
    const { store } = this;
    const { channels, reserve } = this.#init;
    this.#bus = bus;
    this.#coordinator = await createCoordinator(
      {
        store: {
          load: () => store.load(),
          commit: (changes) =>
            life === this.#life && this.isAlive ? store.commit(changes) : Promise.reject(new Error('killed')),
          readEvents: (devices, limit) => store.readEvents(devices, limit),
          readAudit: (limit) => store.readAudit(limit),
          readArchivedRollouts: (limit) => store.readArchivedRollouts(limit),
          readArchivedRollout: (rolloutId) => store.readArchivedRollout(rolloutId),
          readTrace: (rolloutId) => store.readTrace(rolloutId),
          close: async () => undefined,
        },
        bus,
        files: this.#files,
        packages: trustingReader,
        secrets: this.#secrets,
        clock: this.clock,
        logger: silentLogger,
        ...(reserve === undefined ? {} : { reserve }),
        ...(channels === undefined ? {} : { channels: this.#channelsOf(life, channels) }),
        // What a killed one still tries concerns nobody.
        onFailure: () => (life === this.#life ? this.kill() : undefined),
      },
      { fleet: 'default', checklist: nothingRequired, ...this.#init },
    );
    await this.#coordinator.start();
  }

  /** A killed coordinator sends nothing any more, though its timers still run here. */
  #channelsOf(life: number, channels: NoticeChannels): NoticeChannels {
    const isDead = () => life !== this.#life || !this.isAlive;
    return { send: (...sent) => (isDead() ? new Promise(() => undefined) : channels.send(...sent)) };
  }

  /** Ends the coordinator where it stands; nothing that it still does reaches anybody. */
  kill(): void {
    this.#coordinator = null;
    void this.#bus.stop();
    this.#bus = new ManualBus();
  }

  /** The broker says that a device is gone. */
  goAway({ deviceId }: StepDevice): void {
    const status = encodeMessage(deviceStatusSchema, { v: 1, online: false, epoch: 'e1', connection: 1 }, 'status');
    this.#bus.deliver(topics.status(deviceId), status);
  }

  /** A device tells of something that happened to it. */
  async post(name: string, body: DeviceEvent['body'], sequence = 1, epoch = 'e1'): Promise<void> {
    const event = { v: 1 as const, deviceId: deviceIdOf(name), epoch, sequence, atMs: 1, body };
    this.#bus.deliver(topics.event(event.deviceId), encodeMessage(deviceEventSchema, event, 'event'));
    await this.breathe();
  }

  /** Lets a second pass: devices step, the coordinator works. */
  async turn(): Promise<void> {
    for (const device of this.devices) device.step(this.#bus);
    await this.breathe();
    this.clock.advance(1_000);
    await this.breathe();
  }

  /** A device's window, as it comes in. */
  deliverHealth(health: HealthMessage): void {
    this.#bus.deliver(topics.health(health.deviceId), encodeMessage(healthMessageSchema, health, 'health'));
  }

  /** What a device answers to a command. */
  async deliverReply(device: DeviceId, request: string, reply: DeviceReply): Promise<void> {
    const requestId = parseWith(requestIdSchema, request, 'request id');
    this.#bus.deliver(topics.reply(device, requestId), encodeMessage(deviceReplySchema, reply, 'reply'));
    await this.breathe();
  }

  /** Lets everything that can go on without time go on. */
  async breathe(): Promise<void> {
    for (let round = 0; round < 4; round += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Asks once; null if nobody answers. */
  async ask(request: OperatorRequest, id: string, actor = 'operator'): Promise<OperatorReply | null> {
    const requestId = parseWith(requestIdSchema, id, 'request id');
    const bus = this.#bus;
    bus.deliver(
      topics.operatorRequest(client, requestId),
      encodeMessage(operatorRequestSchema, request, 'request'),
      actor,
    );
    await this.breathe();
    if (bus !== this.#bus) return null;
    const topic = topics.operatorReply(client, requestId);
    const payload = bus.published.findLast((message) => message.topic === topic)?.payload;
    return payload === undefined ? null : decodeMessage(operatorReplySchema, payload, 'reply', limits.replyBytesMax);
  }

  async enrolAll(): Promise<void> {
    for (const { deviceId } of this.devices)
      await this.ask(
        { kind: 'enrol', gatewayId: parseWith(gatewayIdSchema, deviceId, 'gateway id') },
        `enrol-${deviceId}`,
      );
  }
}
