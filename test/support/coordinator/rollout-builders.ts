import {
  applySteps,
  type DeployRequest,
  decideDeploy,
  defaultUsualWaves,
  type FleetDevice,
  type FleetView,
  type Offer,
  type PlanTime,
  planRollout,
  type RequestSituation,
  type Rollout,
  type RolloutPlan,
  resolveTarget,
} from '@liquid-lln/coordinator';
import {
  type DeviceKind,
  defaultPolicy,
  deviceIdSchema,
  type Environment,
  environmentSchema,
  type Generation,
  generationSchema,
  type Outcome,
  type PackageReference,
  packageReferenceSchema,
  parseWith,
  type ReportedState,
  rolloutIdSchema,
} from '@liquid-lln/protocol';
import { someReport, testMomentMs } from '../fleet-views.js';

/** What tests vary about a device. */
export interface DeviceTraits {
  readonly kind?: DeviceKind;
  readonly site?: string;
  readonly environment?: Environment;
  readonly admission?: number;
  readonly isOnline?: boolean;
  readonly silentMs?: number;
  readonly reported?: object;
}

export const newPackage: PackageReference = parseWith(
  packageReferenceSchema,
  { digest: 'b'.repeat(64), name: 'occupancy-cfc', version: '2.0.0', sizeBytes: 1_000 },
  'package',
);

export const newOffer: Offer = { reference: newPackage, needs: { kernelAbi: 1, imageBytes: 800 }, quarantine: null };

export const quietTime: PlanTime = { nowMs: testMomentMs, silenceMsMax: 900_000 };

export function deviceIdOf(name: string): FleetDevice['deviceId'] {
  return parseWith(deviceIdSchema, name, 'device id');
}

export function generationOf(value: number): Generation {
  return parseWith(generationSchema, value, 'generation');
}

/** A device that serves the old package and has seen nothing. */
export function someDevice(name: string, traits: DeviceTraits = {}): FleetDevice {
  const site = traits.site ?? 'lab';
  const environment = parseWith(environmentSchema, traits.environment ?? 'production', 'environment');
  return {
    deviceId: deviceIdOf(name),
    kind: traits.kind ?? 'native',
    site,
    environment,
    admission: traits.admission ?? Number(/\d+$/.exec(name)?.[0] ?? 1),
    isOnline: traits.isOnline ?? true,
    silentMs: traits.silentMs ?? 0,
    reported: someReport(name, { site, environment, generation: 0, ...traits.reported }),
  };
}

export function fleetOf(devices: readonly FleetDevice[]): FleetView {
  return new Map(devices.map((device) => [device.deviceId, device]));
}

/** Devices `gw-1` to `gw-count`. */
export function someFleet(count: number): FleetView {
  return fleetOf(Array.from({ length: count }, (_, index) => someDevice(`gw-${index + 1}`)));
}

/** The fleet after a device has reported. */
export function withReport(fleet: FleetView, name: string, changes: Partial<ReportedState>): FleetView {
  const device = fleet.get(deviceIdOf(name));
  if (device === undefined) throw new Error(`there is no ${name}`);
  const reported = { ...device.reported, ...changes, sequence: device.reported.sequence + 1 };
  return new Map(fleet).set(device.deviceId, { ...device, reported });
}

/** A report of the new package, running in the state given. */
export function runningNew(state: 'trial' | 'confirmed', generation: number): Partial<ReportedState> {
  const { digest, name, version } = newPackage;
  return {
    generation: generationOf(generation),
    running: { digest, name, version, slot: 'green', state, sinceMs: testMomentMs },
  };
}

export function outcomeOf(result: Outcome['result'], generation: number, code = ''): Outcome {
  return {
    generation: generationOf(generation),
    digest: newPackage.digest,
    result,
    code,
    detail: '',
    atMs: testMomentMs,
  };
}

export function deployOf(waves: number[] | null, target = 'production', override: string | null = null): DeployRequest {
  return {
    kind: 'deploy',
    target: { name: target, environment: null },
    digest: newPackage.digest,
    waves,
    policy: defaultPolicy,
    batchSize: 4,
    override,
    reason: null,
  };
}

export function situationOf(fleet: FleetView, target: string, rollouts: readonly Rollout[] = []): RequestSituation {
  return {
    target: resolveTarget({ name: target, environment: null }, fleet),
    fleet,
    rollouts,
    usualWaves: defaultUsualWaves,
    usualApprovals: new Set(),
    origin: {
      rolloutId: parseWith(rolloutIdSchema, `r-00000${rollouts.length}`, 'rollout id'),
      seed: 'seed',
      nowMs: testMomentMs,
      actor: 'operator',
    },
  };
}

/** A rollout of the new package whose first wave has not begun. */
export function someRollout(fleet: FleetView, waves: number[] | null = null, target = 'production'): Rollout {
  return decideDeploy(deployOf(waves, target), newOffer, situationOf(fleet, target));
}

export interface Advanced {
  readonly rollout: Rollout;
  readonly plan: RolloutPlan;
}

/** Plans once and applies the steps with the generation given. */
export function advance(rollout: Rollout, fleet: FleetView, generation: number, time = quietTime): Advanced {
  const plan = planRollout(rollout, fleet, time, () => true);
  return { plan, rollout: applySteps(rollout, plan.steps, { generation: generationOf(generation), fleet, time }) };
}
