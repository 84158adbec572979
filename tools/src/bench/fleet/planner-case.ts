import {
  applySteps,
  decideDeploy,
  defaultUsualWaves,
  type FleetDevice,
  type FleetView,
  planRollout,
  type Rollout,
  resolveTarget,
} from '@liquid-lln/coordinator';
import {
  defaultPolicy,
  deviceIdSchema,
  generationSchema,
  packageReferenceSchema,
  parseWith,
  rolloutIdSchema,
} from '@liquid-lln/protocol';
import type { Figure } from '../bench.js';
import { medianOf } from '../measure/statistics.js';
import { newReport } from './gateways/device-messages.js';

const rounds = 40;
const warmUps = 10;
const nowMs = 1_760_000_000_000;
const time = { nowMs, silenceMsMax: 900_000 };

/** One plan of a rollout that is out to the whole fleet, and of which every device is on its way: the usual look. */
export function measurePlanner(count: number): Figure[] {
  const fleet = fleetOf(count);
  const rollout = begin(makeRollout(fleet), fleet);
  const timesMs: number[] = [];
  for (let round = 0; round < warmUps + rounds; round += 1) {
    const startedMs = performance.now();
    const { steps } = planRollout(rollout, fleet, time, () => false);
    if (round >= warmUps) timesMs.push(performance.now() - startedMs);
    if (steps.length > 0) throw new Error('the plan does not wait for the devices');
  }
  const figure = (metric: string, value: number) => ({
    case: 'planner',
    metric,
    value: Number(value.toPrecision(3)),
    unit: 'ms',
  });
  return [figure('plan-median', medianOf(timesMs)), figure('plan-least', Math.min(...timesMs))];
}

function fleetOf(count: number): FleetView {
  const devices = Array.from({ length: count }, (_, index): FleetDevice => {
    const deviceId = parseWith(deviceIdSchema, `gw-${index + 1}`, 'device id');
    const reported = newReport(deviceId);
    const { kind, site, environment } = reported;
    return { deviceId, kind, site, environment, admission: index + 1, isOnline: true, silentMs: 1_000, reported };
  });
  return new Map(devices.map((device) => [device.deviceId, device]));
}

function makeRollout(fleet: FleetView): Rollout {
  const package_ = { digest: 'b'.repeat(64), name: 'bench', version: '1.0.0', sizeBytes: 40_000 };
  const target = { name: 'production', environment: null };
  const request = {
    kind: 'deploy' as const,
    target,
    digest: parseWith(packageReferenceSchema, package_, 'package').digest,
    waves: [100],
    policy: defaultPolicy,
    batchSize: 4,
    override: null,
    reason: null,
  };
  const offer = {
    reference: parseWith(packageReferenceSchema, package_, 'package'),
    needs: { kernelAbi: 1, imageBytes: 39_000 },
    quarantine: null,
  };
  const rolloutId = parseWith(rolloutIdSchema, 'r-bench00', 'rollout id');
  return decideDeploy(request, offer, {
    target: resolveTarget(target, fleet),
    fleet,
    rollouts: [],
    usualWaves: defaultUsualWaves,
    usualApprovals: new Set(),
    origin: { rolloutId, seed: 'bench', nowMs, actor: 'bench' },
  });
}

/** With its first wave out. */
function begin(rollout: Rollout, fleet: FleetView): Rollout {
  const { steps } = planRollout(rollout, fleet, time, () => false);
  return applySteps(rollout, steps, { generation: parseWith(generationSchema, 1, 'generation'), fleet, time });
}
