import { LlnError, parseWith, requestIdSchema } from '@liquid-lln/protocol';
import { measuredTargetOf } from '../../domain/measured-target.js';
import { resolveTarget } from '../../domain/target-resolution.js';
import { devicesPerMeasurementMax } from '../measure/measurement-board.js';
import { viewFleet } from '../views.js';
import type { Handler } from './operator-context.js';

/** Has every device of a target measure the same. The reply comes when they are asked; results follow. */
export const measure: Handler<'measure'> = async (request, _caller, components) => {
  const { ledger, presence, measurements, secrets } = components;
  const { target, slot } = measuredTargetOf(request.target);
  const { devices } = resolveTarget(target, viewFleet(ledger.state, presence));
  if (devices.length > devicesPerMeasurementMax)
    throw new LlnError(
      'USAGE',
      `the target has ${devices.length} devices: measure ${devicesPerMeasurementMax} at most`,
    );
  const measurementId = parseWith(requestIdSchema, `m-${secrets.newSeed()}`, 'measurement id');
  const { spec, share, timeoutSeconds } = request;
  measurements.begin(measurementId, { devices, slot, spec, share, timeoutSeconds });
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
