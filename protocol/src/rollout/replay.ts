import * as v from 'valibot';
import { rolloutIdSchema } from '../base/ids.js';
import { count, positiveCount, text, wallClockMs } from '../base/schema.js';
import { verdictSchema } from '../health/figures.js';
import { rolloutLimitsSchema } from './rollout-limits.js';
import { rolloutStatusSchema } from './rollout-summary.js';
import { analysisRequestSchema } from './wave-analysis.js';

/** Limits that a rollout did not have; what is left out is as it was. */
export const whatIfSchema = v.strictObject({
  limits: v.exactOptional(rolloutLimitsSchema),
  analysis: v.exactOptional(analysisRequestSchema),
  /** Of a device's trial, as are the inferences that it needs. */
  soakSeconds: v.exactOptional(count),
  evidenceInferencesMin: v.exactOptional(positiveCount),
});
export type WhatIf = v.InferOutput<typeof whatIfSchema>;

/** Plans the record of a rollout again, under the limits it had and under others. Nothing is stored, nobody is told. */
export const replayRequestSchema = v.strictObject({
  kind: v.literal('replay'),
  rolloutId: rolloutIdSchema,
  whatIf: whatIfSchema,
});

/** What a wave waits for or fails by: its devices, what it has to show besides, or the bake. */
export const gateNameSchema = v.picklist(['devices', 'evidence', 'analysis', 'bake']);
export type GateName = v.InferOutput<typeof gateNameSchema>;

/** A gate that said the same for a while. */
export const gateSpanSchema = v.strictObject({
  gate: gateNameSchema,
  verdict: verdictSchema,
  fromMs: wallClockMs,
  untilMs: wallClockMs,
  /** In words, with devices and figures: what it gave as the reason at last. */
  why: text(500),
});
export type GateSpan = v.InferOutput<typeof gateSpanSchema>;

/** What the last verdict over a wave rested on. */
export const gateFiguresSchema = v.strictObject({
  assigned: count,
  /** Devices that had what was asked for. */
  done: count,
  failed: count,
  unknown: count,
  /** With the new package, as far as they were counted; null where nothing waited for them. */
  cleanInferences: v.nullable(count),
  analysis: v.nullable(verdictSchema),
});
export type GateFigures = v.InferOutput<typeof gateFiguresSchema>;

export const gateSpansMax = 40;

/** How a wave went. */
export const waveHistorySchema = v.strictObject({
  startedMs: v.nullable(wallClockMs),
  passedMs: v.nullable(wallClockMs),
  failedMs: v.nullable(wallClockMs),
  /** Who passed it although its gate held. */
  promotedBy: v.nullable(text(64)),
  figures: v.nullable(gateFiguresSchema),
  gates: v.pipe(v.array(gateSpanSchema), v.maxLength(gateSpansMax)),
});
export type WaveHistory = v.InferOutput<typeof waveHistorySchema>;

/** How a rollout went, or would have gone. */
export const rolloutCourseSchema = v.strictObject({
  status: rolloutStatusSchema,
  endedMs: v.nullable(wallClockMs),
  detail: text(1_000),
  waves: v.array(waveHistorySchema),
});
export type RolloutCourse = v.InferOutput<typeof rolloutCourseSchema>;

export const rolloutReplaySchema = v.strictObject({
  rolloutId: rolloutIdSchema,
  target: text(200),
  fromMs: wallClockMs,
  untilMs: wallClockMs,
  looks: positiveCount,
  /** Whether planning the record again comes to what was decided; if not, nothing else here can be relied on. */
  isReproduced: v.boolean(),
  asItWas: rolloutCourseSchema,
  under: rolloutCourseSchema,
  /** From when on both differ; null if they never do. */
  divergedMs: v.nullable(wallClockMs),
  /** What each said of the wave at which they part. */
  difference: v.nullable(
    v.strictObject({ waveIndex: count, was: v.nullable(gateSpanSchema), is: v.nullable(gateSpanSchema) }),
  ),
  /** In words, what the record does not say. */
  unknown: v.array(text(500)),
});
export type RolloutReplay = v.InferOutput<typeof rolloutReplaySchema>;
