import {
  type Activity,
  type DeviceId,
  type DeviceKind,
  type Environment,
  type GatewayId,
  isBringing,
  type ReportedState,
  type Running,
  type SlotName,
  type SlotReport,
} from '@liquid-lln/protocol';
import { installedIn, type StoreRecord, standbySlot } from './store-record.js';

/** What a device is, by its hardware and by what runs its networks. */
export interface DeviceTraits {
  readonly kind: DeviceKind;
  readonly kernelAbi: number;
  /** Only of a board that has said it. */
  readonly slotBytes?: Readonly<Record<SlotName, number>>;
}

/** Who the device is: what its configuration says and its start has found. */
export interface DeviceIdentity extends DeviceTraits {
  readonly deviceId: DeviceId;
  readonly gatewayId: GatewayId;
  readonly site: string;
  readonly environment: Environment;
  readonly agentVersion: string;
  readonly addresses: readonly string[];
}

/** What the agent is doing, beside its record. */
export interface ReportFacts {
  readonly identity: DeviceIdentity;
  readonly record: StoreRecord;
  readonly activity: Activity;
  /** The slot whose model the engine has open and serves; null while it has none. */
  readonly servingSlot: SlotName | null;
  readonly receivedBytes: number;
  readonly storage: ReportedState['storage'];
  readonly sequence: number;
  readonly nowMs: number;
}

/** The report of a device about itself. What runs is what the engine serves, not what the record wishes. */
export function buildReport(facts: ReportFacts): ReportedState {
  const { identity, record } = facts;
  return {
    v: 1,
    deviceId: identity.deviceId,
    gatewayId: identity.gatewayId,
    kind: identity.kind,
    site: identity.site,
    environment: identity.environment,
    agentVersion: identity.agentVersion,
    kernelAbi: identity.kernelAbi,
    ...(identity.slotBytes === undefined ? {} : { slotBytes: { ...identity.slotBytes } }),
    epoch: record.epoch,
    sequence: facts.sequence,
    atMs: facts.nowMs,
    generation: record.generation,
    running: describeRunning(record, facts.servingSlot),
    slots: { blue: reportSlot('blue', facts), green: reportSlot('green', facts) },
    activity: facts.activity,
    outcome: record.outcome,
    quarantined: [...record.quarantined],
    ...(record.isolation === null ? {} : { isolation: record.isolation }),
    addresses: [...identity.addresses],
    storage: facts.storage,
  };
}

function describeRunning(record: StoreRecord, servingSlot: SlotName | null): Running | null {
  const content = installedIn(record, servingSlot);
  if (servingSlot === null || content === null || content.state === 'staged') return null;
  return { ...content.package, slot: servingSlot, state: content.state, sinceMs: content.sinceMs };
}

/** While a package arrives, the standby slot is shown as receiving it, though its file is not touched before the end. */
function reportSlot(slot: SlotName, { record, activity, receivedBytes }: ReportFacts): SlotReport {
  const content = record.slots[slot];
  const arriving = record.assignment?.instruction;
  if (activity.kind === 'receiving' && slot === standbySlot(record) && arriving !== undefined && isBringing(arriving)) {
    const { digest, name, version } = arriving.package;
    return { state: 'receiving', package: { digest, name, version }, bytes: receivedBytes, failure: null };
  }
  if (content.state === 'empty') return { state: 'empty', package: null, bytes: 0, failure: null };
  if (content.state === 'failed')
    return { state: 'failed', package: content.package, bytes: 0, failure: content.failure };
  return { state: content.state, package: content.package, bytes: content.bytes, failure: null };
}
