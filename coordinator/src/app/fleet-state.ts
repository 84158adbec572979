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

export function applyChange(state: FleetState, change: FleetChange): void {
  switch (change.kind) {
    case 'put-gateway':
      state.gateways.set(change.gateway.gatewayId, change.gateway);
      break;
    case 'put-operator':
      state.operators.set(change.operator.username, change.operator);
      break;
    case 'put-device':
      state.devices.set(change.device.deviceId, change.device);
      break;
    case 'put-package':
      state.packages.set(change.package.identity.digest, change.package);
      break;
    case 'put-rollout':
      state.rollouts.set(change.rollout.rolloutId, change.rollout);
      break;
    case 'put-document':
      state.documents.set(desiredStateKey(change.state), change.state);
      break;
    case 'put-isolation':
      state.isolations.set(change.record.deviceId, change.record);
      break;
    case 'put-dataset':
      state.datasets.set(change.dataset.name, change.dataset);
      break;
    case 'put-thresholds':
      state.thresholds.set(change.record.deviceId, change.record);
      break;
    case 'put-verification':
      state.verifications.set(verificationKey(change.record), change.record);
      break;
    case 'put-generation':
      state.generation = change.generation;
      break;
    case 'put-cursor':
      state.cursors.set(cursorKey(change.deviceId, change.epoch), change.cursor);
      break;
    case 'put-request':
      rememberRequest(state, change.record);
      break;
    case 'put-telemetry':
      state.telemetry.set(change.frame.startMs, change.frame);
      break;
    case 'drop-telemetry':
      state.telemetry.delete(change.startMs);
      break;
    case 'add-trace':
      state.traces.set(change.rolloutId, change.addition.tail);
      break;
    case 'drop-trace':
      state.traces.delete(change.rolloutId);
      break;
    case 'put-alerting':
      state.alerting.put(change.record);
      break;
    case 'drop-alerting':
      state.alerting.drop(change.record);
      break;
    case 'add-event':
    case 'add-audit':
      break;
  }
}

function rememberRequest(state: FleetState, record: RequestRecord): void {
  state.requests.set(requestKey(record), record);
  const oldest = state.requests.size > requestsRememberedMax ? state.requests.keys().next().value : undefined;
  if (oldest !== undefined) state.requests.delete(oldest);
}
