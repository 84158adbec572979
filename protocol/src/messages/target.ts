import * as v from 'valibot';
import { environmentSchema } from '../base/ids.js';
import { text } from '../base/schema.js';

/**
 * Which devices are meant, as the command line names them: an environment, a device, a kind of board, an address, or
 * every device. `environment` narrows the others.
 */
export const targetSchema = v.strictObject({
  name: v.pipe(text(200), v.minLength(1)),
  environment: v.nullable(environmentSchema),
});
export type Target = v.InferOutput<typeof targetSchema>;
