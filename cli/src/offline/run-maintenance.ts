import { count, errorReportSchema, parseWith, text, wallClockMs } from '@liquid-lln/protocol';
import * as v from 'valibot';
import { runProgram } from '../adapters/child-program.js';
import { errorFromReport } from '../domain/peer-error.js';

const summary = {
  folder: text(4_096),
  takenMs: wallClockMs,
  files: count,
  bytes: count,
  packages: count,
  auditEntries: count,
};

export const backupSummarySchema = v.strictObject(summary);
export const restoreSummarySchema = v.strictObject({
  ...summary,
  setAside: v.nullable(text(4_096)),
  haltedRollouts: v.array(text(64)),
});

/**
 * Lets the coordinator's program work on its own files.
 * @throws LlnError what it says
 */
export async function runMaintenance<T>(args: readonly string[], schema: v.GenericSchema<unknown, T>): Promise<T> {
  const output = await runProgram('coordinator', args);
  const answer: unknown = JSON.parse(output);
  const failed = v.safeParse(v.strictObject({ error: errorReportSchema }), answer);
  if (failed.success) throw errorFromReport(failed.output.error);
  return parseWith(schema, answer, 'answer of the coordinator');
}
