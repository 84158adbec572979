import { deviceEventSchema, deviceViewSchema, rolloutSummarySchema } from '@liquid-lln/protocol';
import * as v from 'valibot';

// What the command line prints with --json, as far as the story needs it.
export const rolloutAnswer = v.object({ rollout: rolloutSummarySchema });
export const rolloutsAnswer = v.object({ rollouts: v.array(rolloutSummarySchema) });
export const statusAnswer = v.object({ devices: v.array(deviceViewSchema) });
export const eventsAnswer = v.object({ events: v.array(deviceEventSchema) });
