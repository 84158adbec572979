import { createHash } from 'node:crypto';
import { type DeviceRecord, desireOf, type KnownDevice, type Rollout } from '@liquid-lln/coordinator';
import { type Digest, digestSchema, gatewayIdSchema, type OperatorReply, parseWith } from '@liquid-lln/protocol';
import { ManualClock } from '@liquid-lln/protocol/testing';
import { replayReport } from '../../support/coordinator/replays.js';
import { type Count, type CoverageCounts, countIn } from './coverage.js';
import { Disturbances } from './disturbances.js';
import { BrokenPromise, Promises } from './promises.js';
import { RunDigest } from './run-digest.js';
import { calm, Dice, drawWeather, type Weather } from './schedule.js';
import { SimBroker } from './sim-broker.js';
import { SimCoordinator } from './sim-coordinator.js';
import { SimGateway } from './sim-gateway.js';
import { SimOperator, simPolicy } from './sim-operator.js';
import { firstPackage, isAlwaysBad, simPackages } from './sim-packages.js';

/** How a run ended. */
export interface SimResult {
  readonly seed: number;
  /** Null if every promise was kept and everything came to rest. */
  readonly broken: string | null;
  /** What happened, newest last. */
  readonly trace: readonly string[];
  readonly seen: Promises['seen'];
  readonly coverage: CoverageCounts;
  /** After each of them every device was held against the promises. */
  readonly steps: number;
  /** That passed in the run. */
  readonly virtualMs: number;
  /** A hash of everything that was noted, sent and committed, and when; empty if it was not asked for. */
  readonly digest: string;
}

export interface SimOptions {
  /** Whether `SimResult.digest` is wanted. */
  readonly isDigested?: boolean;
}

const stepMs = 200;
const chaosSeconds = 180;
/** Everything has ended by then once nothing disturbs it any more. */
const restSecondsMax = 600;
const traceMax = 400;

/** Whether the coordinator archives rollouts as soon as it may: those cannot be replayed at the end. */
function isForgetful(seed: number): boolean {
  return seed % 4 === 3;
}

/** Runs a fleet of real agents and a real coordinator in virtual time, through whatever the seed has in store. */
export async function simulateFleet(seed: number, options: SimOptions = {}): Promise<SimResult> {
  const world = new World(seed, options);
  try {
    await world.setUp();
    await world.passChaos();
    await world.comeToRest();
    await world.replayAll();
    return world.result(null);
  } catch (error) {
    if (!(error instanceof BrokenPromise)) throw error;
    return world.result(error.message);
  } finally {
    world.end();
  }
}

class World {
  readonly #seed: number;
  readonly #dice: Dice;
  readonly #clock = new ManualClock();
  readonly #coverage: CoverageCounts = new Map();
  readonly #promises: Promises;
  readonly #broker: SimBroker;
  readonly #coordinator: SimCoordinator;
  readonly #gateways: readonly SimGateway[];
  readonly #operator: SimOperator;
  readonly #disturbances: Disturbances;
  readonly #weather: Weather;
  readonly #trace: string[] = [];
  #steps = 0;
  readonly #digest: RunDigest | null;
  /** What a callback found broken, until the next step can throw it. */
  #broken: BrokenPromise | null = null;

  constructor(seed: number, { isDigested = false }: SimOptions) {
    this.#seed = seed;
    this.#digest = isDigested ? new RunDigest(this.#clock) : null;
    this.#dice = new Dice(seed);
    this.#weather = drawWeather(this.#dice);
    const count: Count = (group, what) => countIn(this.#coverage, group, what);
    this.#promises = new Promises(count);
    this.#broker = new SimBroker(this.#clock, this.#dice, calm(this.#weather), {
      onSent: (message) => this.#digest?.onSent(message),
      onLost: () => count('faults', 'message lost'),
      onDoubled: () => count('faults', 'message doubled'),
    });
    const note = (what: string) => this.#note(what);
    const parts = { clock: this.#clock, dice: this.#dice, broker: this.#broker, note, count };
    const promises = this.#promises;
    const kept = isForgetful(seed) ? { rolloutsKeptMax: 1 } : {};
    this.#coordinator = new SimCoordinator(parts, kept, {
      onCommitted: (changes) => {
        this.#digest?.onCommitted(changes);
        this.#guard(() => promises.onCommitted(changes));
      },
      onPublish: (topic, payload) => this.#guard(() => promises.onPublish(topic, payload)),
      onError: (message) => this.#note(`the coordinator logs an error: ${message}`),
    });
    const gateways = 3 + this.#dice.index(5);
    this.#gateways = Array.from({ length: gateways }, (_, index) => new SimGateway(`gw-${index + 1}`, parts));
    this.#operator = new SimOperator(
      parts,
      this.#gateways.map(({ deviceId }) => deviceId),
      (request, requestId, reply) => {
        this.#note(`${requestId}, ${request.kind}, is answered: ${describe(reply)}`);
        this.#guard(() => promises.onReply(request, requestId, reply));
      },
    );
    this.#disturbances = new Disturbances(parts, this.#weather, {
      coordinator: this.#coordinator,
      gateways: this.#gateways,
      operator: this.#operator,
    });
  }

  result(broken: string | null): SimResult {
    return {
      seed: this.#seed,
      broken,
      trace: this.#trace,
      seen: this.#promises.seen,
      coverage: this.#coverage,
      steps: this.#steps,
      virtualMs: this.#clock.monotonicMs(),
      digest: this.#digest?.end() ?? '',
    };
  }

  end(): void {
    this.#coordinator.kill();
    for (const gateway of this.#gateways) gateway.kill();
  }

  /** Registers the packages and brings the first one to every device, in calm weather. */
  async setUp(): Promise<void> {
    await this.#coordinator.start();
    for (const { deviceId } of this.#gateways)
      await this.#demand({ kind: 'enrol', gatewayId: parseWith(gatewayIdSchema, deviceId, 'gateway id') });
    for (const { file } of simPackages) await this.#upload(file);
    for (const gateway of this.#gateways) await gateway.start();
    await this.#pass(5);
    await this.#demand({
      kind: 'deploy',
      target: { name: 'production', environment: null },
      digest: firstPackage.reference.digest,
      waves: [100],
      policy: simPolicy,
      batchSize: 4,
      override: null,
      reason: null,
    });
    for (let second = 0; second < 60 && !this.#isServedEverywhere(); second += 1) await this.#pass(1);
    if (!this.#isServedEverywhere()) throw new BrokenPromise('the first package did not come to every device');
  }

  async passChaos(): Promise<void> {
    this.#broker.weather = this.#weather;
    for (let second = 0; second < chaosSeconds; second += 1) {
      this.#disturbances.strike();
      await this.#pass(1);
    }
  }

  /** Mends everything, and waits until nothing moves any more. */
  async comeToRest(): Promise<void> {
    this.#note('everything is mended');
    this.#broker.weather = calm(this.#weather);
    this.#broker.isUp = true;
    this.#coordinator.setCut(false);
    for (const gateway of this.#gateways) {
      gateway.setCut(false);
      gateway.setDiskFull(false);
    }
    let unrest: string[] = [];
    for (let second = 0; second < restSecondsMax; second += 1) {
      this.#revive();
      await this.#pass(1);
      unrest = second % 5 === 0 ? this.#findUnrest() : unrest;
      if (second % 5 === 0 && unrest.length === 0) return;
    }
    throw new BrokenPromise(`after ${restSecondsMax} s of peace: ${unrest.join('; ')}`);
  }

  /** B19: every rollout, planned again on what was recorded of it, comes to what was decided. */
  async replayAll(): Promise<void> {
    const { store } = this.#coordinator;
    const { rollouts, telemetry } = await store.load();
    for (const rollout of rollouts) {
      const looks = await store.readTrace(rollout.rolloutId);
      if (looks.length === 0) continue;
      const recorded = { rollout, looks, frames: telemetry, nowMs: this.#clock.wallMs() };
      const { isReproduced, divergedMs, asItWas } = replayReport(recorded, {});
      const waves = () => JSON.stringify([asItWas, rollout.status, rollout.waves]);
      if (!isReproduced) throw new BrokenPromise(`B19: ${rollout.rolloutId} replayed is another one: ${waves()}`);
      if (divergedMs !== null) throw new BrokenPromise(`B19: ${rollout.rolloutId} parts from itself: ${waves()}`);
    }
  }

  #revive(): void {
    if (!this.#coordinator.isAlive) void this.#coordinator.start();
    for (const gateway of this.#gateways) if (gateway.agent === null) void gateway.start();
  }

  /** What is still not as it should be when nothing disturbs any more. */
  #findUnrest(): string[] {
    const found: string[] = [];
    if (this.#operator.isWaiting) found.push('the operator waits for an answer');
    for (const rollout of this.#promises.rollouts.values())
      if (rollout.status === 'running') found.push(this.#describe(rollout));
    for (const gateway of this.#gateways) found.push(...this.#unrestOf(gateway));
    return found;
  }

  #describe({ rolloutId, target, instruction, members }: Rollout): string {
    const states = members.map(({ deviceId, before, failure }) => {
      const reported = this.#promises.devices.get(deviceId)?.reported;
      const { running = null, generation, outcome } = reported ?? {};
      return `${deviceId} (before ${before?.version}, now ${running?.version} ${running?.state}, failure ${failure?.progress}, generation ${generation}, outcome ${outcome?.result} of ${outcome?.generation})`;
    });
    return `${rolloutId} (${instruction.kind} to ${target}) is still running: ${states.join(', ')}`;
  }

  #unrestOf(gateway: SimGateway): string[] {
    const { deviceId, serving, agent } = gateway;
    if (agent === null) return [`${deviceId} does not run`];
    const stored = this.#promises.devices.get(deviceId);
    if (stored === undefined) return [`${deviceId} is not known`];
    const [state] = agent.states();
    const found: string[] = [];
    if (serving?.state === 'trial') found.push(`${deviceId} is on trial`);
    // An emergency may have confirmed it, with nothing behind it to go back to.
    const isOwnFault =
      serving !== null && isAlwaysBad(serving.digest) && !this.#promises.isEmergency(deviceId, serving.digest);
    if (isOwnFault) found.push(`${deviceId} runs a bad package`);
    if ((state?.eventsWaiting ?? 0) > 0) found.push(`${deviceId} has ${state?.eventsWaiting} events to tell`);
    if (stored.reported.running?.digest !== serving?.digest)
      found.push(`${deviceId} runs another package than reported`);
    if (stored.reported.activity.kind !== 'idle') found.push(`${deviceId} is at ${stored.reported.activity.kind}`);
    const desire = desireOf(asKnown(stored), this.#promises.documents);
    const isInstructed = desire !== null && desire.instruction.kind !== 'none';
    if (isInstructed && stored.reported.generation < (desire.since ?? desire.generation))
      found.push(`${deviceId} has not taken up generation ${desire.generation}`);
    return found;
  }

  #isServedEverywhere(): boolean {
    return this.#gateways.every(
      ({ serving }) => serving?.digest === firstPackage.reference.digest && serving.state === 'confirmed',
    );
  }

  /** Asks, and lets time pass until there is an answer. */
  async #demand(request: Parameters<SimOperator['ask']>[0]): Promise<OperatorReply> {
    let reply: OperatorReply | null = null;
    void this.#operator.ask(request).then((answer) => {
      reply = answer;
    });
    for (let step = 0; step < 200 && reply === null; step += 1) await this.#step();
    const answer = reply as OperatorReply | null;
    if (answer === null || answer.of === 'error') throw new BrokenPromise(`${request.kind}: ${describe(answer)}`);
    return answer;
  }

  async #upload(file: Uint8Array): Promise<void> {
    const fileDigest = digestOfFile(file);
    await this.#demand({ kind: 'upload-open', fileDigest, sizeBytes: file.length });
    await this.#demand({ kind: 'upload-chunk', fileDigest, offset: 0, data: file });
    await this.#demand({ kind: 'upload-close', fileDigest });
  }

  async #pass(seconds: number): Promise<void> {
    for (let ms = 0; ms < seconds * 1_000; ms += stepMs) await this.#step();
  }

  async #step(): Promise<void> {
    this.#steps += 1;
    this.#operator.advance();
    this.#clock.advance(stepMs);
    await settlePromises();
    this.#coordinator.advance(stepMs);
    for (const gateway of this.#gateways) gateway.advance(stepMs);
    await settlePromises();
    if (this.#broken !== null) throw this.#broken;
    for (const gateway of this.#gateways) {
      this.#promises.checkTrial(gateway);
      await this.#promises.checkServing(gateway);
    }
  }

  /** A promise that breaks inside of a callback must not be taken for a fault of whoever called. */
  #guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof BrokenPromise)) throw error;
      this.#broken ??= error;
    }
  }

  #note(what: string): void {
    this.#digest?.onNoted(what);
    const seconds = (this.#clock.monotonicMs() / 1_000).toFixed(1);
    this.#trace.push(`${seconds.padStart(7)} s  ${what}`);
    if (this.#trace.length > traceMax) this.#trace.shift();
  }
}

function describe(reply: OperatorReply | null): string {
  if (reply === null) return 'no answer';
  if (reply.of === 'error') return `${reply.error.code}, ${reply.error.message}`;
  return 'rollout' in reply ? `${reply.rollout.rolloutId} ${reply.rollout.status}` : reply.of;
}

function digestOfFile(file: Uint8Array): Digest {
  return parseWith(digestSchema, createHash('sha256').update(file).digest('hex'), 'digest');
}

function asKnown({ deviceId, admission, reported }: DeviceRecord): KnownDevice {
  const { kind, site, environment } = reported;
  return { deviceId, kind, site, environment, admission, reported };
}

/** Resolves when no promise has anything left to do: in this run nothing else is ever waited for. */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
