import {
  deviceIdSchema,
  deviceKindSchema,
  environmentSchema,
  generationSchema,
  reportedStateSchema,
} from '@liquid-lln/protocol';
import * as v from 'valibot';
import type { TraceLook } from '../../domain/replay/rollout-trace.js';
import { analysisSchema, rolloutSchema } from './record-schemas.js';

const { generation, running, slots, activity, outcome } = reportedStateSchema.entries;
const reportedSchema = v.strictObject({ generation, running, slots, activity, outcome });

const place = {
  kind: deviceKindSchema,
  site: v.string(),
  environment: environmentSchema,
  admission: v.number(),
  isOnline: v.boolean(),
  silentSinceMs: v.nullable(v.number()),
};

const sightSchema = v.strictObject({ deviceId: deviceIdSchema, ...place, reported: reportedSchema });

/** Only what has changed is there. */
const sightChangeSchema = v.strictObject({
  deviceId: deviceIdSchema,
  kind: v.exactOptional(place.kind),
  site: v.exactOptional(place.site),
  environment: v.exactOptional(place.environment),
  admission: v.exactOptional(place.admission),
  isOnline: v.exactOptional(place.isOnline),
  silentSinceMs: v.exactOptional(place.silentSinceMs),
  reported: v.exactOptional(
    v.strictObject({
      generation: v.exactOptional(generation),
      running: v.exactOptional(running),
      slots: v.exactOptional(slots),
      activity: v.exactOptional(activity),
      outcome: v.exactOptional(outcome),
    }),
  ),
});

/** A look as it is stored. */
export const traceLookSchema: v.GenericSchema<unknown, TraceLook> = v.strictObject({
  atMs: v.number(),
  silenceMsMax: v.number(),
  rollout: v.exactOptional(rolloutSchema),
  isFirst: v.exactOptional(v.boolean()),
  analysis: v.exactOptional(analysisSchema),
  met: v.exactOptional(v.array(sightSchema)),
  seen: v.exactOptional(v.array(sightChangeSchema)),
  generation: v.exactOptional(generationSchema),
  isLast: v.exactOptional(v.boolean()),
});
