import * as v from 'valibot';
import { text, wallClockMs } from '../base/schema.js';
import { packageIdentitySchema } from '../state/slot.js';

/** What must be so before a package goes to production. */
export const preItemSchema = v.picklist([
  'unit-tests',
  'energy',
  'latency',
  'accuracy',
  'target-hardware',
  'devices-healthy',
  'backup',
  'rollback-tested',
  'monitoring',
  'stakeholders-notified',
]);
export type PreItem = v.InferOutput<typeof preItemSchema>;

/** What goes on while it does. */
export const duringItemSchema = v.picklist(['metrics-watched', 'steps-recorded', 'alerts-active']);
export type DuringItem = v.InferOutput<typeof duringItemSchema>;

/** What is left to do when it has. */
export const postItemSchema = v.picklist([
  'performance-verified',
  'baseline-recorded',
  'thresholds-updated',
  'deployment-log',
  'registry',
  'report-written',
  'completion-notified',
]);
export type PostItem = v.InferOutput<typeof postItemSchema>;

/** `not-applicable`: there is nothing to be shown; `stale`: it was shown, and too long ago. */
export const itemStateSchema = v.picklist(['passed', 'failed', 'missing', 'stale', 'not-applicable']);
export type ItemState = v.InferOutput<typeof itemStateSchema>;

const findingEntries = {
  state: itemStateSchema,
  /** In words, with the figures. */
  evidence: text(1_000),
  /** When it was seen; null where nothing was. */
  observedMs: v.nullable(wallClockMs),
  /** Command lines that lead on, in order; empty where nothing is to do. */
  next: v.pipe(v.array(text(300)), v.maxLength(8)),
} as const;

const preFindingSchema = v.strictObject({
  phase: v.literal('pre'),
  item: preItemSchema,
  /** Whether a deploy to production waits for it. */
  isRequired: v.boolean(),
  ...findingEntries,
});
export type PreFinding = v.InferOutput<typeof preFindingSchema>;

export const checklistItemSchema = v.variant('phase', [
  preFindingSchema,
  v.strictObject({ phase: v.literal('during'), item: duringItemSchema, ...findingEntries }),
  v.strictObject({ phase: v.literal('post'), item: postItemSchema, ...findingEntries }),
]);
export type ChecklistItem = v.InferOutput<typeof checklistItemSchema>;

/** How a package stands before a target, at one moment. */
export const checklistSchema = v.strictObject({
  package: packageIdentitySchema,
  target: text(200),
  atMs: wallClockMs,
  items: v.array(checklistItemSchema),
});
export type Checklist = v.InferOutput<typeof checklistSchema>;

/** The checklist as it stood when a rollout began, and who went on although something was open. */
export const checklistStandSchema = v.strictObject({
  atMs: wallClockMs,
  items: v.array(preFindingSchema),
  /** Null where nothing that is required was open. */
  forced: v.nullable(v.strictObject({ by: text(64), reason: text(500) })),
});
export type ChecklistStand = v.InferOutput<typeof checklistStandSchema>;

/** Whether nothing more is to do about an item. */
export function isMet({ state }: { readonly state: ItemState }): boolean {
  return state === 'passed' || state === 'not-applicable';
}

/** The items that keep a package from production. */
export function unmetOf(items: readonly PreFinding[]): PreFinding[] {
  return items.filter((item) => item.isRequired && !isMet(item));
}
