import {
  type Clock,
  type DeviceEvent,
  type DeviceId,
  decodeMessage,
  deviceEventSchema,
  deviceStatusSchema,
  encodeMessage,
  eventAckSchema,
  gatewayOf,
  generationSchema,
  healthMessageSchema,
  isLlnError,
  LlnError,
  parseWith,
  type ReportedState,
  reportedStateSchema,
  type Topics,
} from '@liquid-lln/protocol';
import { admissionDocument, type DesiredState } from '../domain/desired-state.js';
import { takeFailure } from '../domain/event-failure.js';
import { emptyCursor, noteEvent } from '../domain/event-intake.js';
import { whyPassedOver } from '../domain/passing-over.js';
import { describeQuarantine, noteRevert } from '../domain/quarantine.js';
import type { DeviceRecord } from '../domain/records.js';
import { takeReport } from '../domain/report-intake.js';
import type { FleetChange } from '../ports/fleet-store.js';
import type { MessageBus } from '../ports/message-bus.js';
import type { AlertKeeper } from './alerting/alert-keeper.js';
import { DeviceIndex } from './device-index.js';
import type { Distributor } from './distributor.js';
import type { Decision, FleetLedger } from './fleet-ledger.js';
import { cursorKey, epochsOf, type FleetState, needsIn } from './fleet-state.js';
import type { Presence } from './presence.js';
import { auditPassedOver, nextGeneration, storeDocuments } from './reconcile.js';
import { ReportBacklog } from './report-backlog.js';
import type { TelemetryRecorder } from './telemetry-recorder.js';
import { knownDevice } from './views.js';

const devicesPerGatewayMax = 64;

export interface DeviceIngestComponents {
  readonly ledger: FleetLedger;
  readonly presence: Presence;
  readonly telemetry: TelemetryRecorder;
  readonly alerts: Pick<AlertKeeper, 'takeHealth'>;
  readonly distributor: Distributor;
  readonly bus: MessageBus;
  readonly topics: Topics;
  readonly clock: Clock;
  /** Something was learned that a plan may depend on. */
  readonly onNews: () => void;
}

/** What devices say. Everything may come twice, late or out of order; what is not newer changes nothing. */
export class DeviceIngest {
  readonly #components: DeviceIngestComponents;
  readonly #backlog: ReportBacklog;
  readonly #index: DeviceIndex;

  constructor(components: DeviceIngestComponents) {
    this.#components = components;
    this.#index = new DeviceIndex(components.ledger.state.devices.values());
    this.#backlog = new ReportBacklog(components.clock, (reported) => this.#keepReported(reported));
  }

  /** `device/{id}/reported`. A device that is new to the fleet gets its admission. */
  async takeReported(device: DeviceId, payload: Uint8Array): Promise<void> {
    const reported = decodeMessage(reportedStateSchema, payload, `report of ${device}`);
    this.#check(device, reported.deviceId);
    this.#components.presence.hear(device);
    await this.#keepReported(reported).catch((thrown: unknown) => {
      if (!isLlnError(thrown, 'STORE_FULL')) throw thrown;
      this.#backlog.keep(reported);
    });
  }

  async #keepReported(reported: ReportedState): Promise<void> {
    const { ledger, clock, distributor, onNews } = this.#components;
    const admitted = await ledger.change((state) => decideReport(state, this.#index, reported, clock.wallMs()));
    if (admitted !== null) await distributor.publish([admitted]);
    onNews();
  }

  /** `device/{id}/status` */
  takeStatus(device: DeviceId, payload: Uint8Array): void {
    const status = decodeMessage(deviceStatusSchema, payload, `status of ${device}`);
    const { ledger, presence, onNews } = this.#components;
    this.#check(device, device);
    const retired = ledger.state.devices.get(device)?.retiredEpochs ?? [];
    if (presence.takeStatus(device, status, retired)) onNews();
  }

  /** `device/{id}/health` */
  takeHealth(device: DeviceId, payload: Uint8Array): void {
    const health = decodeMessage(healthMessageSchema, payload, `health of ${device}`);
    this.#check(device, health.deviceId);
    const { presence, telemetry, alerts, onNews } = this.#components;
    const kept = presence.takeHealth(health, payload);
    if (kept === null) return;
    telemetry.take(health);
    alerts.takeHealth(kept, health);
    onNews();
  }

  /**
   * `device/{id}/event`: acknowledged when it is on disk, again if it comes again. What is not acknowledged does come
   * again.
   */
  async takeEvent(device: DeviceId, payload: Uint8Array): Promise<void> {
    const event = decodeMessage(deviceEventSchema, payload, `event of ${device}`);
    this.#check(device, event.deviceId);
    const { ledger, presence, bus, topics, onNews } = this.#components;
    presence.hear(device);
    const upTo = await ledger.change((state) => decideEvent(state, event));
    const ack = encodeMessage(eventAckSchema, { v: 1, epoch: event.epoch, upTo }, 'acknowledgement');
    await bus.publish({ topic: topics.eventAck(device), payload: ack, retain: false });
    onNews();
  }

  /** The broker has checked who published; this holds for brokers that do not, too. */
  #check(device: DeviceId, claimed: DeviceId): void {
    if (device !== claimed)
      throw new LlnError('MESSAGE_INVALID', `${claimed} does not speak on the topic of ${device}`);
    if (!this.#components.ledger.state.gateways.has(gatewayOf(device)))
      throw new LlnError('PERMISSION_DENIED', `the gateway of ${device} is not enrolled`);
  }
}

/** @returns in the decision: the document that admits a new device, to be published. */
function decideReport(
  state: FleetState,
  index: DeviceIndex,
  reported: ReportedState,
  nowMs: number,
): Decision<DesiredState | null> {
  const { deviceId } = reported;
  const known = state.devices.get(deviceId);
  if (known !== undefined) {
    refuseLostStore(known, reported);
    const device = takeReport(known, reported, nowMs);
    return { changes: device === null ? [] : [{ kind: 'put-device', device }], result: null };
  }
  refuseCrowd(index, deviceId);
  const admission = index.nextAdmission;
  const device: DeviceRecord = {
    deviceId,
    gatewayId: gatewayOf(deviceId),
    admission,
    reported,
    retiredEpochs: [],
    lastSeenMs: nowMs,
  };
  index.add(device);
  const { document, changes } = admit(state, device, nowMs);
  const detail = `${reported.kind} at ${reported.site} in ${reported.environment}, number ${admission}`;
  return {
    changes: [{ kind: 'put-device', device }, auditDevice(deviceId, 'device-admitted', detail, nowMs), ...changes],
    result: document,
  };
}

/** A device that cannot run what its environment's wave brings is kept from it from its first moment on. */
function admit(state: FleetState, device: DeviceRecord, nowMs: number) {
  const { deviceId, admission } = device;
  const why = whyPassedOver(knownDevice(device), state.documents, needsIn(state));
  const none = parseWith(generationSchema, 0, 'generation');
  const document = admissionDocument(deviceId, admission, why === null ? none : nextGeneration(state.generation));
  const changes: FleetChange[] =
    why === null
      ? [{ kind: 'put-document', state: document }]
      : [...storeDocuments([document], document.document.generation), auditPassedOver(deviceId, why, nowMs)];
  return { document, changes };
}

/** Rarely a late message; often a second agent of the same id, which nobody would find out otherwise. */
function refuseLostStore({ retiredEpochs }: DeviceRecord, { deviceId, epoch }: ReportedState): void {
  if (!retiredEpochs.includes(epoch)) return;
  const remedy = `if two agents run as ${deviceId}, stop one, and enrol it again`;
  throw new LlnError('MESSAGE_INVALID', `${deviceId} reports from a store that it had lost: ${remedy}`, { epoch });
}

/** A gateway has a handful of boards; one that makes up more of them does not fill the fleet. */
function refuseCrowd(index: DeviceIndex, deviceId: DeviceId): void {
  const gateway = gatewayOf(deviceId);
  const known = index.countOthers(gateway, deviceId);
  if (known >= devicesPerGatewayMax)
    throw new LlnError('MESSAGE_INVALID', `${gateway} has ${known} devices already`, { gateway });
}

function decideEvent(state: FleetState, event: DeviceEvent): Decision<number> {
  const { deviceId, epoch, sequence } = event;
  const known = state.cursors.get(cursorKey(deviceId, epoch));
  const before = known ?? emptyCursor;
  const { cursor, isNew } = noteEvent(before, sequence);
  const changes: FleetChange[] = known === undefined ? forgetEpochs(state, event) : [];
  if (cursor !== before) changes.push({ kind: 'put-cursor', deviceId, epoch, cursor });
  if (isNew)
    changes.push(
      { kind: 'add-event', event },
      ...auditEvent(event),
      ...recordFailures(state, event),
      ...recordQuarantine(state, event),
    );
  return { changes, result: cursor.upTo };
}

/** A store that its device lost so long ago that nothing else knows of it either sends nothing any more. */
function forgetEpochs(state: FleetState, { deviceId, epoch }: DeviceEvent): FleetChange[] {
  const device = state.devices.get(deviceId);
  const kept = new Set([epoch, device?.reported.epoch, ...(device?.retiredEpochs ?? [])]);
  return epochsOf(state, deviceId)
    .filter((each) => !kept.has(each))
    .map((each) => ({ kind: 'drop-cursor', deviceId, epoch: each }));
}

function recordFailures(state: FleetState, event: DeviceEvent): FleetChange[] {
  return [...state.rollouts.values()].flatMap((rollout) => {
    const after = takeFailure(rollout, event);
    return after === null ? [] : [{ kind: 'put-rollout' as const, rollout: after }];
  });
}

/** What speaks against a package stays with it in the registry. */
function recordQuarantine({ packages }: FleetState, event: DeviceEvent): FleetChange[] {
  const record = event.body.kind === 'reverted' ? packages.get(event.body.package.digest) : undefined;
  const after = record === undefined ? null : noteRevert(record, event);
  if (record === undefined || after === null || after.quarantine === null) return [];
  const { name, version } = after.identity;
  const detail = describeQuarantine(after.quarantine);
  const entry = {
    atMs: event.atMs,
    actor: event.deviceId,
    action: 'package-quarantined',
    subject: `${name}@${version}`,
  };
  const isNew = record.quarantine === null;
  return [
    { kind: 'put-package', package: after },
    ...(isNew ? [{ kind: 'add-audit' as const, entry: { ...entry, reason: null, detail } }] : []),
  ];
}

/** What a device did to its packages and to its clients goes into the audit log; alerts and the like stay events. */
function auditEvent({ deviceId, body, atMs }: DeviceEvent): FleetChange[] {
  switch (body.kind) {
    case 'confirmed':
      return [auditDevice(deviceId, 'device-confirmed', `${body.package.name}@${body.package.version}`, atMs)];
    case 'reverted': {
      const to = body.to === null ? 'nothing' : `${body.to.name}@${body.to.version}`;
      const detail = `${body.package.name}@${body.package.version} to ${to}: ${body.cause}, ${body.detail}`;
      return [auditDevice(deviceId, 'device-reverted', detail, atMs)];
    }
    case 'refused':
      return [auditDevice(deviceId, 'device-refused', `${body.code}: ${body.detail}`, atMs)];
    case 'staged':
    case 'freed': {
      const detail = `${body.package.name}@${body.package.version} in ${body.slot}`;
      return [auditDevice(deviceId, `device-${body.kind}`, detail, atMs)];
    }
    case 'isolated':
    case 'released':
      return [auditDevice(deviceId, `device-${body.kind}`, `by ${body.by}: ${body.reason}`, atMs)];
    default:
      return [];
  }
}

function auditDevice(deviceId: DeviceId, action: string, detail: string, atMs: number): FleetChange {
  return { kind: 'add-audit', entry: { atMs, actor: deviceId, action, subject: deviceId, reason: null, detail } };
}
