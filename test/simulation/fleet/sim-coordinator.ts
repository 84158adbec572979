import {
  type Coordinator,
  type CoordinatorInit,
  createCoordinator,
  type FleetChange,
  type MessageBus,
  silentLogger,
} from '@liquid-lln/coordinator';
import { MemoryFleetStore, MemoryPackageFiles } from '@liquid-lln/coordinator/testing';
import { ManualClock } from '@liquid-lln/protocol/testing';
import { countingSecrets, nothingRequired, trustingReader } from '../../support/coordinator/doubles.js';
import type { Count } from './coverage.js';
import type { Dice } from './schedule.js';
import type { SimBroker, SimConnection } from './sim-broker.js';
import type { SimWorld } from './sim-gateway.js';

type Listener = Parameters<MessageBus['start']>[1];

export interface CoordinatorWatcher {
  /** Changes are on disk. */
  onCommitted(changes: readonly FleetChange[]): void;
  /** The coordinator says something to the world. */
  onPublish(topic: string, payload: Uint8Array): void;
  /** It logs an error. */
  onError(message: string): void;
}

type Kept = NonNullable<CoordinatorInit['kept']>;

interface Life {
  coordinator: Coordinator | null;
  readonly clock: ManualClock;
  connection: SimConnection | null;
  listener: Listener | null;
  connectAtMs: number;
  isDead: boolean;
}

/** A coordinator that may be killed at any write, on a store that keeps what was committed. */
export class SimCoordinator {
  readonly store = new MemoryFleetStore();
  /** Whether the line to a broker of its own is cut. */
  isCut = false;
  readonly #files = new MemoryPackageFiles();
  readonly #secrets = countingSecrets();
  readonly #worldClock: ManualClock;
  readonly #dice: Dice;
  readonly #broker: SimBroker;
  readonly #watcher: CoordinatorWatcher;
  readonly #count: Count;
  readonly #kept: Kept;
  #life: Life | null = null;
  #killAtCommit: 'before' | 'after' | null = null;

  /** @param kept of rollouts that are over */
  constructor(world: SimWorld, kept: Kept, watcher: CoordinatorWatcher) {
    this.#worldClock = world.clock;
    this.#dice = world.dice;
    this.#broker = world.broker;
    this.#watcher = watcher;
    this.#count = world.count;
    this.#kept = kept;
  }

  get isAlive(): boolean {
    return this.#life !== null;
  }

  async start(): Promise<void> {
    if (this.#broker.weather.isBrokerEmbedded) this.#broker.isUp = true;
    const clock = new ManualClock(this.#worldClock.wallMs());
    const life: Life = {
      coordinator: null,
      clock,
      connection: null,
      listener: null,
      connectAtMs: 0,
      isDead: false,
    };
    this.#life = life;
    const { store } = this;
    const coordinator = await createCoordinator(
      {
        store: {
          load: () => store.load(),
          commit: (changes) => this.#commit(life, changes),
          readEvents: (devices, limit) => store.readEvents(devices, limit),
          readAudit: (limit) => store.readAudit(limit),
          readArchivedRollouts: (limit) => store.readArchivedRollouts(limit),
          readArchivedRollout: (rolloutId) => store.readArchivedRollout(rolloutId),
          readTrace: (rolloutId) => store.readTrace(rolloutId),
          close: async () => undefined,
        },
        bus: this.#busOf(life),
        files: this.#files,
        packages: trustingReader,
        secrets: this.#secrets,
        clock,
        logger: {
          ...silentLogger,
          error: (facts, message) => this.#watcher.onError(`${message}: ${String(facts['err'])}`),
        },
        onFailure: () => this.kill(),
      },
      { fleet: 'default', silenceMsMax: 60_000, checklist: nothingRequired, kept: this.#kept },
    );
    life.coordinator = coordinator;
    await coordinator.start();
  }

  /** Ends it where it stands, with the broker in it. */
  kill(): void {
    const life = this.#life;
    if (life === null) return;
    this.#life = null;
    life.isDead = true;
    life.connection?.close(false);
    if (this.#broker.weather.isBrokerEmbedded) this.#broker.stop(true);
  }

  /** Kills it at its next write, on one side of it or the other. */
  killAtCommit(): void {
    this.#killAtCommit = this.#dice.isHit(0.5) ? 'before' : 'after';
  }

  setCut(isCut: boolean): void {
    this.isCut = isCut;
    if (isCut) this.#life?.connection?.close(false);
  }

  advance(ms: number): void {
    const life = this.#life;
    if (life === null) return;
    this.#connectIfDue(life);
    life.clock.advance(ms);
  }

  async #commit(life: Life, changes: readonly FleetChange[]): Promise<void> {
    if (life.isDead) return new Promise(() => undefined);
    const kill = this.#killAtCommit;
    this.#killAtCommit = null;
    if (kill !== null) this.#count('faults', `coordinator killed ${kill} a commit`);
    if (kill === 'before') {
      this.kill();
      return new Promise(() => undefined);
    }
    await this.store.commit(changes);
    this.#watcher.onCommitted(changes);
    if (kill === 'after') {
      this.kill();
      return new Promise(() => undefined);
    }
  }

  #busOf(life: Life): MessageBus {
    return {
      start: async (filters, listener) => {
        life.listener = { onMessage: listener.onMessage.bind(listener), onConnect: () => listener.onConnect() };
        this.#filters = filters;
        this.#connectIfDue(life);
      },
      publish: async ({ topic, payload, retain }) => {
        if (life.isDead) return new Promise(() => undefined);
        this.#watcher.onPublish(topic, payload);
        const message = { topic, payload, isRetained: retain, isSure: true };
        const isTaken = (await life.connection?.publish(message)) ?? false;
        if (life.isDead) return new Promise(() => undefined);
        if (!isTaken) throw new Error('the broker did not take it in time');
      },
      endConnections: () => undefined,
      stop: async () => life.connection?.close(true),
    };
  }

  #filters: readonly string[] = [];

  #connectIfDue(life: Life): void {
    const { listener } = life;
    if (listener === null || life.connection?.isOpen === true || this.isCut || life.isDead) return;
    if (this.#worldClock.monotonicMs() < life.connectAtMs) return;
    life.connectAtMs = this.#worldClock.monotonicMs() + this.#dice.between(200, 2_000);
    const connection = this.#broker.connect(
      {
        name: 'coordinator',
        isCoordinator: true,
        onMessage: (topic, payload, sender) => {
          if (!life.isDead) listener.onMessage({ topic, payload, sender });
        },
        onDisconnect: () => undefined,
      },
      null,
    );
    if (connection === null) return;
    life.connection = connection;
    connection.subscribe(this.#filters);
    void listener.onConnect();
  }
}
