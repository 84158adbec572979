import * as v from 'valibot';
import { deviceIdSchema } from '../base/ids.js';
import { text, wallClockMs } from '../base/schema.js';
import { benchmarkFindingsSchema, measurementResultSchema } from './measurement.js';

/** A device's part of a baseline. */
export const baselineDeviceSchema = v.strictObject({
  deviceId: deviceIdSchema,
  ...measurementResultSchema.entries,
  findings: benchmarkFindingsSchema,
});
export type BaselineDevice = v.InferOutput<typeof baselineDeviceSchema>;

/** A baseline as a file: JSON, so that people and other programs can read it. */
export const baselineFileSchema = v.strictObject({
  format: v.literal('liquid-lln baseline'),
  /** Of the file's form. A reader refuses one that it does not know. */
  version: v.literal(1),
  target: text(200),
  createdMs: wallClockMs,
  devices: v.pipe(v.array(baselineDeviceSchema), v.minLength(1), v.maxLength(10_000)),
  /** Devices of the target that have no figures. */
  missing: v.array(deviceIdSchema),
});
export type BaselineFile = v.InferOutput<typeof baselineFileSchema>;

/** A file with the figures of a hundred devices has some megabytes. */
export const baselineFileBytesMax = 256 * 1024 * 1024;
