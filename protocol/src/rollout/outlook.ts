import * as v from 'valibot';
import { text } from '../base/schema.js';

/** What a gate would say of a rollout's first wave if it began now. */
export const outlookSchema = v.strictObject({
  gate: v.picklist(['presence', 'limits', 'evidence', 'unavailable']),
  /** `passes`: nothing stands against it; `holds`: it would wait; `fails`: it would fail, as things are. */
  verdict: v.picklist(['passes', 'holds', 'fails']),
  /** In words, with the figures. */
  detail: text(1_000),
});
export type Outlook = v.InferOutput<typeof outlookSchema>;
