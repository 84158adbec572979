import { type Agent, createAgent } from '@liquid-lln/agent';
import { FakeEngine, FakeSensors } from '@liquid-lln/agent/testing';
import {
  type DeviceId,
  type Digest,
  decodePackage,
  deviceIdSchema,
  gatewayIdSchema,
  LlnError,
  parseWith,
} from '@liquid-lln/protocol';
import { ManualClock } from '@liquid-lln/protocol/testing';
import type { Count } from './coverage.js';
import type { Dice } from './schedule.js';
import { AgentLine } from './sim-agent-bus.js';
import type { SimBroker } from './sim-broker.js';
import { SimDisk } from './sim-disk.js';
import { behavioursOf, faultOf } from './sim-packages.js';

/** What serves on a device, as nobody but the simulation can know. */
export interface Serving {
  readonly digest: Digest;
  readonly state: 'trial' | 'confirmed';
}

/** B24: so many kills in a row, none of them after a minute, look like a package with which the agent cannot live. */
const crashLoopKills = 3;
const survivalMs = 60_000;
/** An agent on a full disk cannot write down that it has lived so long; it tries again this often. */
const recordingMsMax = 10_000;

/** What everything in a run shares. */
export interface SimWorld {
  readonly clock: ManualClock;
  readonly dice: Dice;
  readonly broker: SimBroker;
  /** For people who look at a run. */
  note(what: string): void;
  readonly count: Count;
}

interface Life {
  readonly agent: Agent;
  readonly clock: ManualClock;
  readonly line: AgentLine;
}

/** A gateway: a machine with a disk, a wall clock that may lie, and an agent that comes and goes. */
export class SimGateway {
  readonly deviceId: DeviceId;
  readonly engine = new FakeEngine();
  disk: SimDisk;
  /** Packages that this device itself has checked, as promise 2 demands of whatever runs on it. */
  readonly checked = new Set<Digest>();
  /** Whether the link to the broker is cut. */
  isCut = false;
  /** It has no confirmed package to serve: its store was lost, or its only package was given up for a crash loop. */
  isBlank = true;
  readonly #note: (what: string) => void;
  readonly #dice: Dice;
  readonly #broker: SimBroker;
  #life: Life | null = null;
  #starting: Promise<void> | null = null;
  #wallOffsetMs = 0;
  #machineBoots = 1;
  #stores = 1;
  #starts = 0;
  #crashesInRow = 0;
  /** When the disk had room again. */
  #freedMs = Number.NEGATIVE_INFINITY;
  readonly #worldClock: ManualClock;

  constructor(name: string, world: SimWorld) {
    this.deviceId = parseWith(deviceIdSchema, name, 'device id');
    this.#note = world.note;
    this.#dice = world.dice;
    this.#broker = world.broker;
    this.#worldClock = world.clock;
    this.disk = new SimDisk(world.dice);
    for (const [digest, behaviour] of behavioursOf()) this.engine.behaviours.set(digest, behaviour);
  }

  get agent(): Agent | null {
    return this.#life?.agent ?? null;
  }

  get serving(): Serving | null {
    const model = this.agent?.model() ?? null;
    return model === null ? null : { digest: model.digest, state: model.state };
  }

  /** Never resolves if the power goes meanwhile. */
  start(): Promise<void> {
    this.#starting ??= this.#boot();
    return this.#starting;
  }

  /** `kill -9`: the machine and its page cache live on. */
  kill(): void {
    this.#countCrash();
    this.#end(false);
  }

  #countCrash(): void {
    const uptimeMs = this.#life?.clock.monotonicMs() ?? 0;
    this.#crashesInRow = uptimeMs >= survivalMs && this.#couldRecord ? 1 : this.#crashesInRow + 1;
    if (this.#crashesInRow >= crashLoopKills) this.isBlank = true;
  }

  /** The disk takes what it is given, or does not, for a time. */
  setDiskFull(isFull: boolean): void {
    this.disk.fill(isFull);
    this.#freedMs = isFull ? Number.POSITIVE_INFINITY : this.#worldClock.monotonicMs();
  }

  get #couldRecord(): boolean {
    return this.#worldClock.monotonicMs() - this.#freedMs >= recordingMsMax;
  }

  /** A stop as systemd asks for it. A full disk does not take that it was one: the next start finds a crash. */
  async stop(): Promise<void> {
    if (this.#freedMs === Number.POSITIVE_INFINITY) this.#countCrash();
    const life = this.#life;
    this.#life = null;
    await life?.agent.stop();
    life?.line.close(true, true);
  }

  powerCut(): void {
    this.#machineBoots += 1;
    this.#end(false);
  }

  /** The disk is replaced by an empty one. */
  loseStore(): void {
    this.powerCut();
    this.disk = new SimDisk(this.#dice);
    this.#stores += 1;
    this.isBlank = true;
    this.checked.clear();
  }

  /** Sets the wall clock, as a bad battery or an NTP client does. */
  jumpClock(deltaMs: number): void {
    this.#wallOffsetMs += deltaMs;
    this.#life?.clock.jumpWall(deltaMs);
  }

  setCut(isCut: boolean): void {
    this.isCut = isCut;
    if (isCut) this.#life?.line.close(false);
  }

  advance(ms: number): void {
    this.#life?.line.connectIfDue(!this.isCut);
    this.#life?.clock.advance(ms);
  }

  #end(isClean: boolean): void {
    const life = this.#life;
    this.#life = null;
    this.disk = this.disk.reopen();
    this.#starting = null;
    life?.line.close(isClean, true);
  }

  async #boot(): Promise<void> {
    this.#starts += 1;
    const clock = new ManualClock(this.#worldClock.wallMs() + this.#wallOffsetMs);
    const line = new AgentLine(this.deviceId, this.#broker, this.#worldClock, this.#dice);
    const { disk, engine } = this;
    const agent = await createAgent(
      {
        storage: disk,
        engine,
        boards: [],
        openPackage: decodePackage,
        checkerOf: (storage) => ({ check: async (path, digest) => this.#check(await storage.read(path), digest) }),
        bus: line,
        sensors: new FakeSensors(),
        clock,
        random: this.#dice.draw,
        logger: { debug: () => undefined, info: this.#log, warn: this.#log, error: this.#log },
        askSelf: async () => ({ status: 503, body: '' }),
        cpuClock: () => null,
        metricsOf: () => ({ onInference: () => undefined, onRejected: () => undefined }),
      },
      {
        gatewayId: parseWith(gatewayIdSchema, this.deviceId, 'gateway id'),
        environment: 'production',
        site: 'lab',
        fleet: 'default',
        agentVersion: '0.1.0',
        machineBootId: `boot-${this.#machineBoots}`,
        startId: `start-${this.#starts}`,
        epoch: `store-${this.#stores}`,
      },
    );
    // The power may have gone while the agent started.
    if (disk !== this.disk) return;
    this.#starting = null;
    this.#life = { agent, clock, line };
    agent.start(['http://127.0.0.1:1']);
  }

  readonly #log = (message: string, facts: object = {}): void => {
    this.#note(`${this.deviceId}: ${message} ${JSON.stringify(facts)}`);
  };

  async #check(file: Uint8Array | null, digest: Digest): Promise<void> {
    if (file === null || decodePackage(file).digest !== digest)
      throw new LlnError('PACKAGE_DIGEST_MISMATCH', 'the file is not the package', { digest });
    if (faultOf(digest) === 'wrong-vectors')
      throw new LlnError('GOLDEN_VECTORS_FAILED', 'golden vector 1 gives other bits', { digest });
    this.checked.add(digest);
  }
}
