import {
  type DesiredDocument,
  type DeviceEvent,
  type DeviceId,
  decodeMessage,
  desiredDocumentSchema,
  encodeCbor,
  type Instruction,
  isInCohort,
  type PackageIdentity,
  parseTopic,
  type ReportedState,
  type Topics,
  type WaveDocument,
} from '@liquid-lln/protocol';
import { healthOf, newReport, statusPayload } from './device-messages.js';
import { LightClient } from './light-client.js';
import type { SharedDocuments } from './shared-documents.js';
import type { WorkQueue } from './work-queue.js';

/** What a gateway has come to; each is told once. */
export type Milestone = 'admitted' | 'wave' | 'staged' | 'confirmed' | 'held';

export interface SimulatedGatewayInit {
  readonly broker: { readonly host: string; readonly port: number };
  readonly deviceId: DeviceId;
  readonly password: string;
  readonly topics: Topics;
  readonly shared: SharedDocuments;
  readonly work: WorkQueue;
  readonly onMilestone: (milestone: Milestone) => void;
  readonly onLost: (why: string) => void;
}

type Deploy = Extract<Instruction, { kind: 'deploy' }>;

interface Fetching {
  readonly deploy: Deploy;
  missing: Set<number> | null;
}

/**
 * A gateway that speaks the protocol over a connection of its own, and runs no network: every trial of it is good. What it
 * says is checked by the coordinator alone.
 */
export class SimulatedGateway {
  readonly #init: SimulatedGatewayInit;
  readonly #client: LightClient;
  #reported: ReportedState;
  #desired: DesiredDocument | null = null;
  #wave: WaveDocument | null = null;
  #fetching: Fetching | null = null;
  #trial: NodeJS.Timeout | null = null;
  #events = 0;
  #healths = 0;

  private constructor(client: LightClient, init: SimulatedGatewayInit) {
    this.#client = client;
    this.#init = init;
    this.#reported = newReport(init.deviceId);
  }

  /** Connects, and greets as an agent does: subscriptions, status, report. */
  static async start(init: SimulatedGatewayInit): Promise<SimulatedGateway> {
    const { broker, deviceId, password, topics } = init;
    let gateway: SimulatedGateway | null = null;
    const client = await LightClient.connect({
      ...broker,
      clientId: deviceId,
      username: deviceId,
      password,
      will: { topic: topics.status(deviceId), payload: statusPayload(false, 1) },
      onPublish: (topic, payload) => gateway?.take(topic, payload),
      onClose: (why) => init.onLost(why),
    });
    gateway = new SimulatedGateway(client, init);
    await client.subscribe([
      topics.wave('production'),
      topics.desired(deviceId),
      topics.isolation(deviceId),
      topics.eventAck(deviceId),
      `${topics.event(deviceId).replace(/event$/, 'command/+')}`,
    ]);
    await client.publish(topics.status(deviceId), statusPayload(true, 1), true);
    await gateway.#report({});
    return gateway;
  }

  beat(nowMs: number): void {
    this.#healths += 1;
    const { deviceId, topics } = this.#init;
    const health = healthOf(deviceId, this.#healths, this.#reported.running);
    this.#client.throw(topics.health(deviceId), encodeCbor(health));
    this.#client.keepAlive(nowMs);
  }

  end(): void {
    if (this.#trial !== null) clearTimeout(this.#trial);
    this.#client.end();
  }

  take(topic: string, payload: Buffer): void {
    const address = parseTopic('default', topic);
    switch (address?.kind) {
      case 'desired':
        if (this.#desired === null) this.#init.onMilestone('admitted');
        this.#desired = decodeMessage(desiredDocumentSchema, payload, 'desired document');
        this.#arbitrate();
        break;
      case 'wave':
        this.#wave = this.#init.shared.wave(payload);
        this.#init.onMilestone('wave');
        this.#init.work.later(() => this.#arbitrate());
        break;
      case 'package-manifest':
        this.#takeManifest(payload);
        break;
      case 'package-chunk':
        this.#takeChunk(address.index, payload);
        break;
      default:
        break;
    }
  }

  #arbitrate(): void {
    const own = this.#desired;
    if (own === null) return;
    const { deviceId, kind, site } = this.#reported;
    const place = { deviceId, kind, site, admission: own.admission };
    const wave = this.#wave !== null && isInCohort(this.#wave.cohort, place) ? this.#wave : null;
    const newest = wave !== null && wave.generation > own.generation ? wave : own;
    if (newest.generation <= this.#reported.generation) return;
    this.#reported = { ...this.#reported, generation: newest.generation };
    this.#follow(newest.instruction);
  }

  #follow(instruction: Instruction): void {
    if (instruction.kind === 'deploy') {
      this.#fetching = { deploy: instruction, missing: null };
      const { digest } = instruction.package;
      void this.#report({ activity: { kind: 'receiving', digest, chunksDone: 0, chunks: 1 } });
      void this.#client.subscribe([this.#init.topics.packageManifest(digest)]);
    } else if (instruction.kind === 'hold' || instruction.kind === 'rollback') {
      void this.#giveUp(instruction.kind);
    } else {
      void this.#report({});
    }
  }

  #takeManifest(payload: Buffer): void {
    const fetching = this.#fetching;
    const { digest, chunkDigests } = this.#init.shared.manifest(payload);
    if (fetching === null || fetching.missing !== null || digest !== fetching.deploy.package.digest) return;
    fetching.missing = new Set(chunkDigests.keys());
    void this.#client.subscribe(chunkDigests.map((_, index) => this.#init.topics.packageChunk(digest, index)));
  }

  #takeChunk(index: number, payload: Buffer): void {
    const { shared, topics } = this.#init;
    shared.chunk(payload);
    const fetching = this.#fetching;
    if (fetching?.missing?.delete(index) !== true || fetching.missing.size > 0) return;
    this.#fetching = null;
    const { digest } = fetching.deploy.package;
    void this.#client.unsubscribe([topics.packageManifest(digest), topics.packageChunk(digest, index)]);
    this.#init.onMilestone('staged');
    void this.#try(fetching.deploy);
  }

  async #try({ package: offered, policy }: Deploy): Promise<void> {
    const { digest, name, version, sizeBytes } = offered;
    const identity: PackageIdentity = { digest, name, version };
    const { soakSeconds } = policy;
    this.#trial = setTimeout(() => void this.#confirm(identity), soakSeconds * 1_000);
    await this.#report({
      running: { ...identity, slot: 'green', state: 'trial', sinceMs: Date.now() },
      slots: {
        ...this.#reported.slots,
        green: { state: 'trial', package: identity, bytes: sizeBytes, failure: null },
      },
      activity: {
        kind: 'trial',
        digest,
        soakedSeconds: 0,
        soakSeconds,
        evidence: 0,
        evidenceMin: 0,
        waitingFor: 'the soak',
      },
    });
  }

  async #confirm(identity: PackageIdentity): Promise<void> {
    this.#trial = null;
    const { generation, running } = this.#reported;
    if (running?.digest !== identity.digest) return;
    void this.#post({
      kind: 'confirmed',
      package: identity,
      slot: 'green',
      generation,
      rolloutId: this.#wave?.rolloutId ?? null,
      evidence: 1_000,
      soakedSeconds: 10,
    });
    await this.#report({
      running: { ...running, state: 'confirmed' },
      activity: { kind: 'idle' },
      outcome: {
        generation,
        digest: identity.digest,
        result: 'confirmed',
        code: '',
        detail: '',
        atMs: Date.now(),
      },
    });
    this.#init.onMilestone('confirmed');
  }

  /** Gives up what is not confirmed; the milestone is reached when the broker has the report. */
  async #giveUp(kind: 'hold' | 'rollback'): Promise<void> {
    if (this.#trial !== null) clearTimeout(this.#trial);
    this.#trial = null;
    this.#fetching = null;
    const { generation, slots } = this.#reported;
    const before = slots.blue.package;
    await this.#report({
      running: before === null ? null : { ...before, slot: 'blue', state: 'confirmed', sinceMs: Date.now() },
      activity: { kind: 'idle' },
      outcome: {
        generation,
        digest: null,
        result: kind === 'hold' ? 'held' : 'rolled-back',
        code: '',
        detail: '',
        atMs: Date.now(),
      },
    });
    this.#init.onMilestone('held');
  }

  async #report(changes: Partial<ReportedState>): Promise<void> {
    this.#reported = { ...this.#reported, ...changes, sequence: this.#reported.sequence + 1, atMs: Date.now() };
    const { topics, deviceId } = this.#init;
    await this.#client.publish(topics.reported(deviceId), encodeCbor(this.#reported), true);
  }

  async #post(body: DeviceEvent['body']): Promise<void> {
    this.#events += 1;
    const { topics, deviceId } = this.#init;
    const event: DeviceEvent = { v: 1, deviceId, epoch: 'e1', sequence: this.#events, atMs: Date.now(), body };
    await this.#client.publish(topics.event(deviceId), encodeCbor(event), false);
  }
}
