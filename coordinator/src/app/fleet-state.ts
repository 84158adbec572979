import type { DeviceId, Digest, GatewayId, Generation, RolloutId, VerificationRecord } from '@liquid-lln/protocol';
import { type AlertingStateBuilder, alertingStateOf } from '../domain/alerting/alerting-state.js';
import type { TelemetryFrame } from '../domain/analysis/telemetry.js';
import type { DatasetRecord } from '../domain/dataset.js';
import { type DesiredState, desiredStateKey } from '../domain/desired-state.js';
import type { EventCursor } from '../domain/event-intake.js';
import type { IsolationRecord } from '../domain/isolation.js';
import type { NeedsOf } from '../domain/passing-over.js';
import type { DeviceRecord, GatewayRecord, OperatorRecord, PackageRecord, ThresholdRecord } from '../domain/records.js';
import { openTail, type TraceTail } from '../domain/replay/rollout-trace.js';
import type { Rollout } from '../domain/rollout.js';
import { verificationKey } from '../domain/verification.js';
import {
  type FleetChange,
  type FleetSnapshot,
  type RequestRecord,
  requestsRememberedMax,
} from '../ports/fleet-store.js';

/** The store's content in memory. Changed only through `applyChange`, in step with the store. */
export interface FleetState {
  generation: Generation;
  readonly gateways: Map<GatewayId, GatewayRecord>;
  readonly operators: Map<string, OperatorRecord>;
  readonly devices: Map<DeviceId, DeviceRecord>;
  readonly packages: Map<Digest, PackageRecord>;
  readonly rollouts: Map<RolloutId, Rollout>;
  readonly documents: Map<string, DesiredState>;
  readonly isolations: Map<DeviceId, IsolationRecord>;
  /** By name. */
  readonly datasets: Map<string, DatasetRecord>;
  /** The last of each device, package and suite. */
  readonly verifications: Map<string, VerificationRecord>;
  /** The last that were taken from a baseline. */
  readonly thresholds: Map<DeviceId, ThresholdRecord>;
  readonly cursors: Map<string, EventCursor>;
  readonly requests: Map<string, RequestRecord>;
  /** By the start of its slot. */
  readonly telemetry: Map<number, TelemetryFrame>;
  /** What the next look at each rollout is compared with. */
  readonly traces: Map<RolloutId, TraceTail>;
  readonly alerting: AlertingStateBuilder;
}

export function cursorKey(deviceId: DeviceId, epoch: string): string {
  return `${deviceId}/${epoch}`;
}

/** The epochs of a device of which events are stored. */
export function epochsOf({ cursors }: Pick<FleetState, 'cursors'>, deviceId: DeviceId): string[] {
  const start = cursorKey(deviceId, '');
  return [...cursors.keys()].filter((key) => key.startsWith(start)).map((key) => key.slice(start.length));
}

/** The needs of packages, as they were noted at their registration. */
export function needsIn({ packages }: FleetState): NeedsOf {
  return ({ digest }) => packages.get(digest)?.needs ?? null;
}

export function requestKey({ client, request }: Pick<RequestRecord, 'client' | 'request'>): string {
  return `${client}/${request}`;
}

export function stateOf(snapshot: FleetSnapshot): FleetState {
  return {
    generation: snapshot.generation,
    gateways: new Map(snapshot.gateways.map((gateway) => [gateway.gatewayId, gateway])),
    operators: new Map(snapshot.operators.map((operator) => [operator.username, operator])),
    devices: new Map(snapshot.devices.map((device) => [device.deviceId, device])),
    packages: new Map(snapshot.packages.map((each) => [each.identity.digest, each])),
    rollouts: new Map(snapshot.rollouts.map((rollout) => [rollout.rolloutId, rollout])),
    documents: new Map(snapshot.documents.map((state) => [desiredStateKey(state), state])),
    isolations: new Map(snapshot.isolations.map((record) => [record.deviceId, record])),
    datasets: new Map(snapshot.datasets.map((dataset) => [dataset.name, dataset])),
    thresholds: new Map(snapshot.thresholds.map((record) => [record.deviceId, record])),
    verifications: new Map(snapshot.verifications.map((record) => [verificationKey(record), record])),
    cursors: new Map(snapshot.cursors.map(({ deviceId, epoch, cursor }) => [cursorKey(deviceId, epoch), cursor])),
    requests: new Map(snapshot.requests.map((record) => [requestKey(record), record])),
    telemetry: new Map(snapshot.telemetry.map((frame) => [frame.startMs, frame])),
    traces: new Map(snapshot.traces.map(({ rolloutId, weight }) => [rolloutId, openTail(weight)])),
    alerting: alertingStateOf(snapshot.alerting),
  };
}

type Applier<K extends FleetChange['kind']> = (state: FleetState, change: Extract<FleetChange, { kind: K }>) => unknown;

/** Of what is read when it is asked for. */
const nothing = (): void => undefined;

/** What each change does; a new kind does not compile without it. */
const appliers: { readonly [K in FleetChange['kind']]: Applier<K> } = {
  'put-gateway': ({ gateways }, { gateway }) => gateways.set(gateway.gatewayId, gateway),
  'put-operator': ({ operators }, { operator }) => operators.set(operator.username, operator),
  'put-device': ({ devices }, { device }) => devices.set(device.deviceId, device),
  'put-package': ({ packages }, { package: record }) => packages.set(record.identity.digest, record),
  'put-rollout': ({ rollouts }, { rollout }) => rollouts.set(rollout.rolloutId, rollout),
  'archive-rollout': ({ rollouts }, { summary }) => rollouts.delete(summary.rolloutId),
  'put-document': ({ documents }, { state }) => documents.set(desiredStateKey(state), state),
  'put-isolation': ({ isolations }, { record }) => isolations.set(record.deviceId, record),
  'put-dataset': ({ datasets }, { dataset }) => datasets.set(dataset.name, dataset),
  'put-thresholds': ({ thresholds }, { record }) => thresholds.set(record.deviceId, record),
  'put-verification': ({ verifications }, { record }) => verifications.set(verificationKey(record), record),
  'drop-verification': ({ verifications }, { key }) => verifications.delete(key),
  'put-generation': (state, { generation }) => {
    state.generation = generation;
  },
  'put-cursor': ({ cursors }, { deviceId, epoch, cursor }) => cursors.set(cursorKey(deviceId, epoch), cursor),
  'drop-cursor': ({ cursors }, { deviceId, epoch }) => cursors.delete(cursorKey(deviceId, epoch)),
  'put-request': (state, { record }) => rememberRequest(state, record),
  'put-telemetry': ({ telemetry }, { frame }) => telemetry.set(frame.startMs, frame),
  'drop-telemetry': ({ telemetry }, { startMs }) => telemetry.delete(startMs),
  'add-trace': ({ traces }, { rolloutId, addition }) => traces.set(rolloutId, addition.tail),
  'drop-trace': ({ traces }, { rolloutId }) => traces.delete(rolloutId),
  'put-alerting': ({ alerting }, { record }) => alerting.put(record),
  'drop-alerting': ({ alerting }, { record }) => alerting.drop(record),
  'add-event': nothing,
  'add-audit': nothing,
};

/** Makes a change in memory, as the store makes it on disk. */
export function applyChange<K extends FleetChange['kind']>(
  state: FleetState,
  change: Extract<FleetChange, { kind: K }>,
): void {
  const apply: Applier<K> = appliers[change.kind as K];
  apply(state, change);
}

function rememberRequest(state: FleetState, record: RequestRecord): void {
  state.requests.set(requestKey(record), record);
  const oldest = state.requests.size > requestsRememberedMax ? state.requests.keys().next().value : undefined;
  if (oldest !== undefined) state.requests.delete(oldest);
}
