import { type AdoptFindings, LlnError } from '@liquid-lln/protocol';
import type { MeasureContext, SpecOf } from './measurement.js';

/**
 * Takes up the thresholds that are meant for this device and the package that it runs.
 * @throws LlnError MEASUREMENT_INTERRUPTED if they are for another package; STORAGE_FULL, STORAGE_FAILED
 */
export async function adoptThresholds(
  { thresholds }: SpecOf<'adopt'>,
  context: MeasureContext,
): Promise<AdoptFindings> {
  const { deviceId, subject, adopt, thresholdsInForce } = context;
  const own = thresholds.find((one) => one.deviceId === deviceId);
  if (own === undefined) throw new LlnError('MESSAGE_INVALID', `there are no thresholds for ${deviceId}`);
  if (own.digest !== subject.model.package.digest)
    throw new LlnError('MEASUREMENT_INTERRUPTED', 'the baseline is of another package than the one that serves');
  const before = thresholdsInForce();
  await adopt(own);
  return { kind: 'adopt', before, after: thresholdsInForce() };
}
