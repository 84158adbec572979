import { deviceIdSchema, text } from '@liquid-lln/protocol';
import * as v from 'valibot';

/** What the bench asks of the process of the gateways. */
export const orderSchema = v.variant('kind', [
  v.strictObject({
    kind: v.literal('connect'),
    host: text(255),
    port: v.number(),
    gateways: v.array(v.strictObject({ deviceId: deviceIdSchema, password: text(100) })),
    healthSeconds: v.number(),
  }),
  /** Begins to count one milestone anew. */
  v.strictObject({ kind: v.literal('count'), milestone: text(20) }),
]);
export type Order = v.InferOutput<typeof orderSchema>;

/** What it tells: `count` gateways have reached the milestone, at these moments of the wall clock. */
export const newsSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('ready') }),
  v.strictObject({ kind: v.literal('reached'), milestone: text(20), count: v.number(), timesMs: v.array(v.number()) }),
  v.strictObject({ kind: v.literal('lost'), lost: v.number(), why: text(500) }),
]);
export type News = v.InferOutput<typeof newsSchema>;
