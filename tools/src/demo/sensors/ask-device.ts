import * as v from 'valibot';
import { postInference } from '../post-inference.js';

/** What a device said; that it could not be reached, or said something else, is a failure. */
export type Answer =
  | { readonly kind: 'answer'; readonly label: string | null; readonly package: string }
  | { readonly kind: 'failure'; readonly message: string };

const answerSchema = v.object({
  label: v.nullable(v.string()),
  model: v.object({ name: v.string(), version: v.string() }),
});

/** Asks a device about one reading. Connections are kept and used again. */
export async function askDevice(
  device: { readonly deviceId: string; readonly url: string },
  input: readonly number[],
  session: string,
): Promise<Answer> {
  try {
    const { label, model } = await postInference(device, { input, session }, answerSchema);
    return { kind: 'answer', label, package: `${model.name}@${model.version}` };
  } catch (error) {
    return { kind: 'failure', message: describe(error) };
  }
}

/** `fetch` hides the reason in the cause. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
