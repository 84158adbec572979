import * as v from 'valibot';
import { deviceIdSchema, environmentSchema, generationSchema, rolloutIdSchema } from '../base/ids.js';
import { count, positiveCount, text, wallClockMs } from '../base/schema.js';
import { checklistStandSchema } from '../checklist/checklist.js';
import { verdictSchema } from '../health/figures.js';
import { outcomeSchema } from '../state/reported.js';
import { packageIdentitySchema } from '../state/slot.js';
import { waveAnalysisViewSchema } from './wave-analysis.js';

/**
 * - `proposed`: it waits until a second person approves it; nothing has been told to anybody;
 * - `running`: waves are going out;
 * - `paused`: an operator holds it: nobody new is told to begin, who has begun goes on;
 * - `waiting`: the last wave asked for has passed, but it is not all of the target (`--subset`);
 * - `succeeded`: every device of the target confirmed, or has it staged where that was asked for;
 * - `halted`: something fired, or an operator stopped it; it does not move any more;
 * - `superseded`: a newer rollout took the target over.
 */
export const rolloutStatusSchema = v.picklist([
  'proposed',
  'running',
  'paused',
  'waiting',
  'succeeded',
  'halted',
  'superseded',
]);
export type RolloutStatus = v.InferOutput<typeof rolloutStatusSchema>;

/** What a rollout does: brings a package, takes it back, stages one in a slot, makes that live, empties a slot. */
export const rolloutKindSchema = v.picklist(['deploy', 'rollback', 'stage', 'switch', 'decommission']);
export type RolloutKind = v.InferOutput<typeof rolloutKindSchema>;

/** Where a device of a rollout is. Only `confirmed` counts as updated: the running digest after its trial. */
export const memberProgressSchema = v.picklist([
  'pending', // its wave has not begun
  'assigned', // its wave has begun; it has not taken the instruction up
  'receiving',
  'staged',
  'trial',
  'confirmed',
  'ready', // the package is verified in the slot that was named: all that staging asks for
  'freed', // the slot that was named is empty
  'reverted',
  'refused',
  'unknown', // silent beyond the deadline: counts against the wave
  'stopping', // told to stop or to go back; it has not done so, or not said so
  'stopped', // it heard of the stop before it switched
  'rolled-back', // it had switched, and went back because it was told to
]);
export type MemberProgress = v.InferOutput<typeof memberProgressSchema>;

/** Whether a device has heard that its rollout is over: by its own word. */
export const stopProgressSchema = v.picklist(['awaited', 'offline', 'acknowledged']);
export type StopProgress = v.InferOutput<typeof stopProgressSchema>;

export const rolloutMemberSchema = v.strictObject({
  deviceId: deviceIdSchema,
  /** The wave that it enters with, from 0. */
  waveIndex: count,
  progress: memberProgressSchema,
  before: v.nullable(packageIdentitySchema),
  now: v.nullable(packageIdentitySchema),
  outcome: v.nullable(outcomeSchema),
  /** In words: what this device is waited for; empty if nothing. */
  waitingFor: text(300),
  /** Only of a device that was told to begin, and then to stop or to go back. */
  stop: v.exactOptional(stopProgressSchema),
});
export type RolloutMember = v.InferOutput<typeof rolloutMemberSchema>;

export const rolloutWaveSchema = v.strictObject({
  percent: v.number(),
  /** Devices that have the new package when this wave is done, those of earlier waves included. */
  devices: count,
  generation: v.nullable(generationSchema),
  startedMs: v.nullable(wallClockMs),
  /** Null as long as it has not passed. */
  passedMs: v.exactOptional(v.nullable(wallClockMs)),
  /** Only of a wave that passed, or will, by somebody's word. */
  promotedBy: v.exactOptional(text(64)),
  verdict: verdictSchema,
  /** In words: what the wave waits for, or why it ended. */
  waitingFor: text(500),
});
export type RolloutWave = v.InferOutput<typeof rolloutWaveSchema>;

/** How the devices of a wave, those of earlier waves included, stand in numbers. */
export const waveTallySchema = v.strictObject({
  assigned: count,
  /** Devices that have what was asked for. */
  done: count,
  failed: count,
  unknown: count,
});
export type WaveTally = v.InferOutput<typeof waveTallySchema>;

/** Devices that did not end as they were meant to, and for the same reason. */
export const issueTallySchema = v.strictObject({
  progress: memberProgressSchema,
  /** Of the failure; null where none was told. */
  code: v.nullable(text(64)),
  devices: positiveCount,
  /** The first of them, with its own words. */
  example: text(600),
});
export type IssueTally = v.InferOutput<typeof issueTallySchema>;

export const issuesTalliedMax = 20;

/** What is left of the devices of a rollout that is not kept whole any more. */
export const rolloutTallySchema = v.strictObject({
  devices: count,
  outcomes: v.record(memberProgressSchema, positiveCount),
  /** One for each wave. */
  waves: v.array(waveTallySchema),
  /** Those of most devices first. */
  issues: v.pipe(v.array(issueTallySchema), v.maxLength(issuesTalliedMax)),
});
export type RolloutTally = v.InferOutput<typeof rolloutTallySchema>;

/** A rollout with its planning report: enough to show an operator what is waited for and why. */
export const rolloutSummarySchema = v.strictObject({
  rolloutId: rolloutIdSchema,
  kind: rolloutKindSchema,
  status: rolloutStatusSchema,
  target: text(200),
  environment: v.nullable(environmentSchema),
  /** Null for a rollback to whatever each device had before, and for a decommission. */
  package: v.nullable(packageIdentitySchema),
  waveIndex: count,
  waves: v.array(rolloutWaveSchema),
  members: v.array(rolloutMemberSchema),
  createdMs: wallClockMs,
  createdBy: text(64),
  endedMs: v.nullable(wallClockMs),
  /** Why it halted, is paused or waits for an approval, in words. */
  detail: text(1_000),
  /** Of the newest wave that was compared with the devices without the package. */
  analysis: v.exactOptional(waveAnalysisViewSchema),
  /** As it stood when the rollout began, or would stand if it did; left out where none was asked for. */
  checklist: v.exactOptional(checklistStandSchema),
  /** Only of a rollout that is archived: its devices are kept in these numbers alone, and `members` is empty. */
  archived: v.exactOptional(v.strictObject({ atMs: wallClockMs, tally: rolloutTallySchema })),
});
export type RolloutSummary = v.InferOutput<typeof rolloutSummarySchema>;
