import { digestSchema, errorReportSchema } from '@liquid-lln/protocol';
import * as v from 'valibot';

/** What the agent asks of the process that checks packages. */
export const checkRequestSchema = v.strictObject({
  path: v.string(),
  digest: digestSchema,
  trustedKeyPems: v.array(v.string()),
});
export type CheckRequest = v.InferOutput<typeof checkRequestSchema>;

/** Its answer: null, or why the package is not fit to run. */
export const checkReplySchema = v.strictObject({ error: v.nullable(errorReportSchema) });
export type CheckReply = v.InferOutput<typeof checkReplySchema>;
