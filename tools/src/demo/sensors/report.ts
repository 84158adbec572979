import * as v from 'valibot';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** What the player of the sensors is told. */
export const playerTaskSchema = v.strictObject({
  devices: v.array(v.strictObject({ deviceId: v.string(), url: v.string(), ratePerSecond: v.number() })),
  seed: v.number(),
});

/** What it tells, one JSON document a line. */
export const playerReportSchema = v.variant('kind', [
  /** A device began to answer from another package. `after` is how many of its requests had been served by then. */
  v.strictObject({
    kind: v.literal('package'),
    deviceId: v.string(),
    package: v.string(),
    atMs: v.number(),
    after: count,
  }),
  v.strictObject({ kind: v.literal('failure'), deviceId: v.string(), atMs: v.number(), message: v.string() }),
  v.strictObject({
    kind: v.literal('counts'),
    devices: v.array(
      v.strictObject({
        deviceId: v.string(),
        served: count,
        failed: count,
        /** Answers that agree with whether somebody was really there. */
        agreed: count,
        /** Ticks on which the answer before was still awaited. */
        late: count,
      }),
    ),
  }),
]);
export type PlayerReport = v.InferOutput<typeof playerReportSchema>;
export type DeviceCounts = Extract<PlayerReport, { kind: 'counts' }>['devices'][number];
