import {
  type DesiredState,
  type DeviceRecord,
  type FleetChange,
  findTransitionViolations,
  findViolations,
  isOpen,
  type Rollout,
} from '@liquid-lln/coordinator';
import {
  type DeviceEvent,
  type DeviceId,
  decodeMessage,
  eventAckSchema,
  isInCohort,
  type OperatorReply,
  type OperatorRequest,
  parseTopic,
  type RequestId,
  type RolloutId,
  type RolloutSummary,
  shortDigest,
} from '@liquid-lln/protocol';
import type { Count } from './coverage.js';
import type { SimGateway } from './sim-gateway.js';
import { faultOf, isAlwaysBad } from './sim-packages.js';

/** What was promised and is not so. */
export class BrokenPromise extends Error {}

/**
 * Sees everything that is committed, said and served, and holds it against the promises of the design. It shares no
 * code with what it watches but the rules that coordinator and device have in common.
 */
export class Promises {
  readonly rollouts = new Map<RolloutId, Rollout>();
  readonly documents = new Map<string, DesiredState>();
  /** As the coordinator knows them. */
  readonly devices = new Map<DeviceId, DeviceRecord>();
  readonly #cursors = new Map<string, number>();
  readonly #archived = new Set<RolloutId>();
  readonly #events = new Set<string>();
  readonly #requests = new Map<RequestId, RolloutId>();
  #generation = 0;
  readonly #count: Count;
  /** What the run has been through, for a test that wants to know that it tested something. */
  readonly seen = { rollouts: 0, trials: 0, reverts: 0, answers: 0, failures: 0, acknowledged: 0, replies: 0 };

  constructor(count: Count) {
    this.#count = count;
  }

  /** Promise 5, and 4 as the coordinator decides. */
  onCommitted(changes: readonly FleetChange[]): void {
    for (const change of changes) this.#take(change);
  }

  onPublish(topic: string, payload: Uint8Array): void {
    const address = parseTopic('default', topic);
    if (address?.kind !== 'ack') return;
    const { epoch, upTo } = decodeMessage(eventAckSchema, payload, 'ack');
    this.seen.acknowledged += 1;
    const stored = this.#cursors.get(`${address.device}/${epoch}`) ?? 0;
    if (upTo > stored)
      throw new BrokenPromise(`5: events of ${address.device} to ${upTo} are acknowledged, not stored`);
  }

  onReply(request: OperatorRequest, requestId: RequestId, reply: OperatorReply): void {
    this.seen.replies += 1;
    if (reply.of === 'error') {
      if (reply.error.code === 'INTERNAL')
        throw new BrokenPromise(`a ${request.kind} was answered with INTERNAL: ${reply.error.message}`);
      return;
    }
    if (reply.of === 'deploy' || reply.of === 'rollback' || reply.of === 'stop') {
      const stored = this.rollouts.get(reply.rollout.rolloutId);
      if (stored === undefined)
        throw new BrokenPromise(`5: ${reply.rollout.rolloutId} was promised and is not in the store`);
      if (reply.of === 'stop' && isOpen(stored))
        throw new BrokenPromise(`4: ${stored.rolloutId} was said to be stopped, and is ${stored.status}`);
      if (reply.of === 'stop') return;
      const made = this.#requests.get(requestId) ?? reply.rollout.rolloutId;
      if (made !== reply.rollout.rolloutId) throw new BrokenPromise(`3: request ${requestId} made two rollouts`);
      this.#requests.set(requestId, made);
    }
  }

  /** Promise 1: a device that has a package serves, and only the package itself may be why it does not. */
  async checkServing(gateway: SimGateway): Promise<void> {
    const { agent, deviceId } = gateway;
    const serving = gateway.serving;
    if (agent === null) return;
    if (serving === null) {
      if (gateway.isBlank) return;
      throw new BrokenPromise(`1: ${deviceId} has nothing to serve`);
    }
    if (serving.state === 'confirmed') gateway.isBlank = false;
    const [state] = agent.states();
    if (state?.status === 'isolated') return;
    try {
      const { model } = await agent.infer({ input: [0.5] });
      this.seen.answers += 1;
      if (!gateway.checked.has(model.digest))
        throw new BrokenPromise(`2: ${deviceId} serves ${shortDigest(model.digest)}, which it never checked`);
    } catch (error) {
      if (error instanceof BrokenPromise) throw error;
      this.seen.failures += 1;
      const now = gateway.serving ?? serving;
      if (faultOf(serving.digest) === null && faultOf(now.digest) === null)
        throw new BrokenPromise(`1: ${deviceId} refused a request: ${String(error)}`);
    }
  }

  /** Promises 2 and 4, by what devices really do. */
  checkTrial(gateway: SimGateway): void {
    const { serving, deviceId } = gateway;
    if (serving === null) return;
    if (!gateway.checked.has(serving.digest))
      throw new BrokenPromise(`2: ${deviceId} has ${shortDigest(serving.digest)} live, which it never checked`);
    if (serving.state === 'confirmed' && isAlwaysBad(serving.digest) && !this.isEmergency(deviceId, serving.digest))
      throw new BrokenPromise(`${deviceId} confirmed a package that is ${faultOf(serving.digest)}`);
    if (serving.state === 'trial' && !this.#isAssigned(deviceId, serving.digest))
      throw new BrokenPromise(`4: ${deviceId} tries ${shortDigest(serving.digest)}, which no wave brought to it`);
  }

  #take(change: FleetChange): void {
    switch (change.kind) {
      case 'put-rollout':
        this.#takeRollout(change.rollout);
        return;
      case 'archive-rollout':
        this.#takeArchived(change.summary);
        return;
      case 'put-generation':
        if (change.generation < this.#generation) throw new BrokenPromise('the generation went back');
        this.#generation = change.generation;
        return;
      case 'put-document': {
        const { state } = change;
        const key = state.kind === 'wave' ? `wave/${state.environment}` : `desired/${state.deviceId}`;
        const before = this.documents.get(key)?.document.generation ?? 0;
        if (state.document.generation < before) throw new BrokenPromise(`4: an older ${key} replaced a newer one`);
        this.documents.set(key, state);
        return;
      }
      case 'put-device': {
        const { deviceId, reported } = change.device;
        const before = this.devices.get(deviceId)?.reported;
        if (before?.epoch === reported.epoch && reported.generation < before.generation)
          throw new BrokenPromise(`${deviceId} went from generation ${before.generation} to ${reported.generation}`);
        this.devices.set(deviceId, change.device);
        return;
      }
      case 'put-cursor':
        this.#cursors.set(`${change.deviceId}/${change.epoch}`, change.cursor.upTo);
        return;
      case 'add-event':
        this.#takeEvent(change.event);
        return;
      default:
        return;
    }
  }

  #takeRollout(rollout: Rollout): void {
    if (this.#archived.has(rollout.rolloutId))
      throw new BrokenPromise(`${rollout.rolloutId} came back from the archive`);
    const before = this.rollouts.get(rollout.rolloutId);
    const violations = [
      ...findViolations(rollout),
      ...(before === undefined ? [] : findTransitionViolations(before, rollout)),
    ];
    if (violations.length > 0) throw new BrokenPromise(`4: ${rollout.rolloutId}: ${violations.join('; ')}`);
    if (rollout.detail.includes('the plan was refused'))
      throw new BrokenPromise(`4: ${rollout.rolloutId} had to be halted: ${rollout.detail}`);
    if (before === undefined) this.seen.rollouts += 1;
    if (before?.status !== rollout.status) this.#count('rollouts', `${rollout.kind} ${rollout.status}`);
    this.rollouts.set(rollout.rolloutId, rollout);
  }

  /** What is archived was over, nothing needs its devices, and nothing becomes of it any more. */
  #takeArchived({ rolloutId, status, archived }: RolloutSummary): void {
    const last = this.rollouts.get(rolloutId);
    const isOver = last !== undefined && !isOpen(last) && last.members.every(({ final }) => final !== null);
    if (!isOver || last.status !== status || last.members.length !== archived?.tally.devices)
      throw new BrokenPromise(`${rolloutId} was archived, and was ${JSON.stringify(last?.status)}`);
    if ([...this.documents.values()].some(({ kind, document }) => kind === 'wave' && document.rolloutId === rolloutId))
      throw new BrokenPromise(`${rolloutId} was archived while its wave document is in force`);
    this.#archived.add(rolloutId);
    this.#count('rollouts', 'archived');
  }

  #takeEvent({ deviceId, epoch, sequence, body }: DeviceEvent): void {
    const key = `${deviceId}/${epoch}/${sequence}`;
    if (this.#events.has(key)) throw new BrokenPromise(`6: event ${key} was written twice`);
    this.#events.add(key);
    this.#count('device events', describeEvent(body));
    if (body.kind === 'confirmed') this.seen.trials += 1;
    if (body.kind === 'reverted') this.seen.reverts += 1;
  }

  /** Whether an operator wanted a package at once, on that device, without a soak. */
  isEmergency(deviceId: DeviceId, digest: string): boolean {
    return [...this.rollouts.values()].some(
      ({ kind, instruction, members }) =>
        kind === 'rollback' &&
        instruction.kind === 'deploy' &&
        instruction.package.digest === digest &&
        members.some((member) => member.deviceId === deviceId),
    );
  }

  #isAssigned(deviceId: DeviceId, digest: string): boolean {
    return [...this.rollouts.values()].some(({ instruction, waves, members, scope }) => {
      if (instruction.kind === 'deploy' && instruction.package.digest !== digest) return false;
      const begun = waves.flatMap((wave, index) => (wave.generation === null ? [] : [{ wave, index }]));
      if (
        members.some((member) => member.deviceId === deviceId && begun.some(({ index }) => index >= member.waveIndex))
      )
        return true;
      const admission = this.devices.get(deviceId)?.admission ?? Number.POSITIVE_INFINITY;
      const place = { deviceId, kind: 'native', site: 'lab', admission };
      return scope.kind === 'environment' && begun.some(({ wave }) => isInCohort(wave.cohort, place));
    });
  }
}

function describeEvent(body: DeviceEvent['body']): string {
  switch (body.kind) {
    case 'reverted':
      return `reverted by ${body.cause}`;
    case 'refused':
      return `refused with ${body.code}`;
    default:
      return body.kind;
  }
}
