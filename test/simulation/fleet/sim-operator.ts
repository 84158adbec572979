import {
  clientIdSchema,
  type DeviceId,
  decodeMessage,
  defaultPolicy,
  encodeMessage,
  limits,
  type OperatorReply,
  type OperatorRequest,
  operatorReplySchema,
  operatorRequestSchema,
  type Policy,
  parseTopic,
  parseWith,
  policySchema,
  type RequestId,
  type RolloutId,
  requestIdSchema,
  type Target,
  topicsOf,
} from '@liquid-lln/protocol';
import type { ManualClock } from '@liquid-lln/protocol/testing';
import type { Count } from './coverage.js';
import type { Dice } from './schedule.js';
import type { SimBroker, SimConnection } from './sim-broker.js';
import type { SimWorld } from './sim-gateway.js';
import { type SimPackage, simPackages } from './sim-packages.js';

const topics = topicsOf('default');
const client = parseWith(clientIdSchema, 'op', 'client id');

/** A policy by which a trial takes seconds. */
export const simPolicy: Policy = parseWith(
  policySchema,
  {
    ...defaultPolicy,
    soakSeconds: 5,
    trialSecondsMax: 120,
    evidenceInferencesMin: 20,
    windowInferencesMin: 10,
    windowSeconds: 4,
    errorRateWindowSeconds: 5,
    heartbeatSeconds: 2,
    memoryRatioAlert: 1,
  },
  'policy',
);

interface Asked {
  readonly request: OperatorRequest;
  readonly requestId: RequestId;
  askAgainMs: number;
  triesLeft: number;
  readonly done: (reply: OperatorReply | null) => void;
}

/** Somebody at a keyboard, who asks again with the same request id until there is an answer. */
export class SimOperator {
  readonly #clock: ManualClock;
  readonly #broker: SimBroker;
  readonly #dice: Dice;
  readonly #note: (what: string) => void;
  readonly #count: Count;
  readonly #devices: readonly DeviceId[];
  readonly #asked = new Map<RequestId, Asked>();
  readonly #onReply: (request: OperatorRequest, requestId: RequestId, reply: OperatorReply) => void;
  #connection: SimConnection | null = null;
  #asks = 0;
  #lastRollout: RolloutId | null = null;
  #stagedIn: 'blue' | 'green' | null = null;

  constructor(
    world: SimWorld,
    devices: readonly DeviceId[],
    onReply: (request: OperatorRequest, requestId: RequestId, reply: OperatorReply) => void,
  ) {
    this.#clock = world.clock;
    this.#broker = world.broker;
    this.#dice = world.dice;
    this.#note = world.note;
    this.#count = world.count;
    this.#devices = devices;
    this.#onReply = onReply;
  }

  get isWaiting(): boolean {
    return this.#asked.size > 0;
  }

  /** Resolves to null if nobody answers in the end. */
  ask(request: OperatorRequest): Promise<OperatorReply | null> {
    this.#asks += 1;
    const requestId = parseWith(requestIdSchema, `q-${this.#asks}`, 'request id');
    this.#note(`${requestId}: the operator asks for ${describe(request)}`);
    this.#count('requests', request.kind);
    return new Promise((done) => {
      this.#asked.set(requestId, { request, requestId, askAgainMs: 0, triesLeft: 60, done });
    });
  }

  /** Does something that an operator may do at any time, wise or not. */
  act(): void {
    const request = this.#invent();
    if (request !== null) void this.ask(request);
  }

  advance(): void {
    this.#connect();
    const nowMs = this.#clock.monotonicMs();
    for (const asked of this.#asked.values()) {
      if (nowMs < asked.askAgainMs) continue;
      asked.askAgainMs = nowMs + this.#dice.between(2_000, 6_000);
      asked.triesLeft -= 1;
      if (asked.triesLeft < 0) {
        this.#asked.delete(asked.requestId);
        this.#count('answers', 'none in time');
        asked.done(null);
        continue;
      }
      const topic = topics.operatorRequest(client, asked.requestId);
      const payload = encodeMessage(operatorRequestSchema, asked.request, 'request');
      void this.#connection?.publish({ topic, payload, isRetained: false, isSure: true });
    }
  }

  #connect(): void {
    if (this.#connection?.isOpen === true) return;
    this.#connection = this.#broker.connect(
      {
        name: 'op',
        isCoordinator: false,
        onMessage: (topic, payload) => this.#hear(topic, payload),
        onDisconnect: () => undefined,
      },
      null,
    );
    this.#connection?.subscribe([`${topics.operatorReply(client, 'x' as RequestId).slice(0, -1)}+`]);
  }

  #hear(topic: string, payload: Uint8Array): void {
    const address = parseTopic('default', topic);
    const asked = address?.kind === 'operator-reply' ? this.#asked.get(address.request) : undefined;
    if (asked === undefined) return;
    this.#asked.delete(asked.requestId);
    const reply = decodeMessage(operatorReplySchema, payload, 'reply', limits.replyBytesMax);
    this.#count('answers', reply.of === 'error' ? reply.error.code : 'done');
    if ('rollout' in reply) this.#lastRollout = reply.rollout.rolloutId;
    this.#onReply(asked.request, asked.requestId, reply);
    asked.done(reply);
  }

  #invent(): OperatorRequest | null {
    const target = { name: this.#dice.isHit(0.8) ? 'production' : this.#dice.pick(this.#devices), environment: null };
    const reason = 'the simulation wants it';
    const draw = this.#dice.index(100);
    if (draw < 40) return this.#deploy(this.#dice.pick(simPackages), target);
    if (draw < 50) return this.#changeColours(reason);
    if (draw < 59) return { kind: 'rollback', target, to: { kind: 'previous' }, reason };
    if (draw < 65) return this.#rollbackToVersion(target, reason);
    if (draw < 90) return this.#steer(reason);
    return { kind: 'isolate', target, isolated: this.#dice.isHit(0.5), reason };
  }

  /** Something about the rollout that it heard of last. */
  #steer(reason: string): OperatorRequest | null {
    const rolloutId = this.#lastRollout;
    if (rolloutId === null) return null;
    const kind = this.#dice.pick(['stop', 'pause', 'resume', 'promote', 'retry'] as const);
    if (kind === 'promote') return { kind, rolloutId, waveIndex: this.#dice.index(3), reason };
    return kind === 'retry'
      ? { kind, rolloutId, override: this.#dice.isHit(0.5), reason }
      : { kind, rolloutId, reason };
  }

  #deploy({ reference }: SimPackage, target: Extract<OperatorRequest, { kind: 'deploy' }>['target']): OperatorRequest {
    return {
      kind: 'deploy',
      target,
      digest: reference.digest,
      waves: this.#dice.pick([null, [25], [50], [100], [25, 50, 100], [34, 100]]),
      policy: simPolicy,
      batchSize: this.#dice.pick([1, 4]),
      override: this.#dice.isHit(0.5) ? 'once more' : null,
      ...(this.#dice.isHit(0.4) ? this.#drawLimits() : {}),
      reason: null,
    };
  }

  #drawLimits(): Partial<Extract<OperatorRequest, { kind: 'deploy' }>> {
    return {
      onTrip: this.#dice.pick(['wave', 'rollout', 'none'] as const),
      spreadSeconds: this.#dice.pick([0, 10]),
      limits: {
        ...(this.#dice.isHit(0.5) ? { failureBudget: { devices: 1 } } : {}),
        ...(this.#dice.isHit(0.5) ? { maxUnavailable: { devices: 1 } } : {}),
        ...(this.#dice.isHit(0.5) ? { ratePerMinute: this.#dice.pick([2, 10]) } : {}),
      },
    };
  }

  /** Blue-green: whatever may be done with the two slots of production. */
  #changeColours(reason: string): OperatorRequest {
    const colours = ['blue', 'green'] as const;
    // Mostly towards what was staged last: other orders are refused.
    const isSensible = this.#stagedIn !== null && this.#dice.isHit(0.7);
    const to = isSensible ? (this.#stagedIn ?? 'green') : this.#dice.pick(colours);
    const [from, into] = [to === 'blue' ? 'green' : 'blue', to].map(slotTarget) as [Target, Target];
    const draw = isSensible ? this.#dice.between(4, 10) : this.#dice.index(10);
    if (draw < 4) {
      const { reference } = this.#dice.pick(simPackages);
      this.#stagedIn = to;
      const plain = { waves: null, policy: simPolicy, batchSize: 4, override: null, reason };
      return { kind: 'deploy', target: into, digest: reference.digest, ...plain, keepSeconds: 120 };
    }
    if (draw < 8) {
      const bakeSeconds = this.#dice.pick([0, 10]);
      const waves = this.#dice.pick([null, [100]]);
      return {
        kind: 'switch',
        from,
        to: into,
        waves,
        bakeSeconds,
        decommissionWithinSeconds: 300,
        // Nothing in here measures, so nothing was ever verified.
        force: this.#dice.isHit(0.8),
        dryRun: false,
        reason,
      };
    }
    return { kind: 'decommission', target: from, dryRun: false, reason };
  }

  #rollbackToVersion(
    target: Extract<OperatorRequest, { kind: 'rollback' }>['target'],
    reason: string,
  ): OperatorRequest {
    const { name, version } = this.#dice.pick(simPackages).reference;
    return { kind: 'rollback', target, to: { kind: 'version', name, version }, reason };
  }
}

function slotTarget(colour: string): Target {
  return { name: `production-${colour}`, environment: null };
}

/** Without what is the same in all of them. */
function describe(request: OperatorRequest): string {
  return JSON.stringify(request, (name, value: unknown) =>
    ['policy', 'data', 'reason', 'fileDigest'].includes(name) ? undefined : value,
  );
}
