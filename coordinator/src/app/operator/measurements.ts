import { LlnError, type MeasurementSpec, parseWith, requestIdSchema } from '@liquid-lln/protocol';
import { datasetFor, referenceOf } from '../../domain/dataset.js';
import type { FleetDevice } from '../../domain/fleet-view.js';
import { measuredTargetOf } from '../../domain/measured-target.js';
import { isOpen } from '../../domain/rollout.js';
import { resolveTarget } from '../../domain/target-resolution.js';
import type { FleetState } from '../fleet-state.js';
import { devicesPerMeasurementMax } from '../measure/measurement-board.js';
import { viewFleet } from '../views.js';
import type { Handler, OperatorComponents } from './operator-context.js';

/** Has every device of a target measure the same. The reply comes when they are asked; results follow. */
export const measure: Handler<'measure'> = async (request, { actor }, components) => {
  const { ledger, presence, measurements, secrets } = components;
  if (request.spec.kind === 'adopt') throw new LlnError('USAGE', 'thresholds are changed with thresholds-update');
  const { target, slot } = measuredTargetOf(request.target);
  const { devices } = resolveTarget(target, viewFleet(ledger.state, presence));
  if (devices.length > devicesPerMeasurementMax)
    throw new LlnError(
      'USAGE',
      `the target has ${devices.length} devices: measure ${devicesPerMeasurementMax} at most`,
    );
  const spec = holdDrill(await provideDataset(request.spec, devices, components), devices, ledger.state.rollouts);
  const measurementId = parseWith(requestIdSchema, `m-${secrets.newSeed()}`, 'measurement id');
  const { share, timeoutSeconds } = request;
  const origin = { target: request.target.name, actor };
  measurements.begin(measurementId, { devices, slot, spec, share, timeoutSeconds, origin });
  return { of: 'measure', measurementId, devices: devices.map(({ deviceId }) => deviceId) };
};

export const showMeasurement: Handler<'measurement'> = async ({ measurementId, revision }, _, { measurements }) => ({
  of: 'measurement',
  ...measurements.news(measurementId, revision),
});

export const cancelMeasurement: Handler<'measurement-cancel'> = async ({ measurementId }, _, { measurements }) => {
  measurements.cancel(measurementId);
  return { of: 'measurement-cancel' };
};

/** The last verification of each device, package and suite. */
export const listVerifications: Handler<'verifications'> = async ({ target, suite }, _, { ledger, presence }) => {
  const { devices } = resolveTarget(measuredTargetOf(target).target, viewFleet(ledger.state, presence));
  const wanted = new Set(devices.map(({ deviceId }) => deviceId));
  const verifications = [...ledger.state.verifications.values()]
    .filter((record) => wanted.has(record.deviceId) && (suite === null || record.suite === suite))
    .sort((a, b) => a.deviceId.localeCompare(b.deviceId) || a.atMs - b.atMs);
  return { of: 'verifications', verifications };
};

/** A rollout that is under way counts what its devices serve: none of them tries something else meanwhile. */
function holdDrill(
  spec: MeasurementSpec,
  devices: readonly FleetDevice[],
  rollouts: FleetState['rollouts'],
): MeasurementSpec {
  if (spec.kind !== 'verify') return spec;
  const asked = new Set(devices.map(({ deviceId }) => deviceId));
  const open = [...rollouts.values()].find(
    (rollout) => isOpen(rollout) && rollout.members.some(({ deviceId }) => asked.has(deviceId)),
  );
  const heldBecause = open === undefined ? null : `rollout ${open.rolloutId} is under way`;
  return { ...spec, drill: { isInProduction: spec.drill?.isInProduction ?? false, heldBecause } };
}

/** What needs a dataset is told which one; it is where devices find it before they are asked. */
async function provideDataset(
  spec: MeasurementSpec,
  devices: readonly FleetDevice[],
  { ledger, datasets }: OperatorComponents,
): Promise<MeasurementSpec> {
  const names = new Set(
    devices.flatMap(({ reported: { slots } }) =>
      [slots.blue.package, slots.green.package].flatMap((one) => one?.name ?? []),
    ),
  );
  const found = datasetFor(spec, names, ledger.state.datasets);
  if (found === null || (spec.kind !== 'evaluate' && spec.kind !== 'verify')) return spec;
  await datasets.publish(found.digest);
  return { ...spec, dataset: referenceOf(found) };
}
