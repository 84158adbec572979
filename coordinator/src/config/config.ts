import { isAbsolute, resolve } from 'node:path';
import {
  count,
  environmentSchema,
  fleetNameSchema,
  positiveCount,
  preItemSchema,
  ratio,
  text,
} from '@liquid-lln/protocol';
import * as v from 'valibot';
import { defaultHealthyRatioMin, defaultMaxAgeHours } from '../domain/checklist/checklist.js';
import type { ChecklistPolicy } from '../domain/checklist/facts.js';
import { defaultRecordsKeptMax } from '../domain/replay/old-records.js';
import { defaultRolloutsKeptMax } from '../domain/retention/old-rollouts.js';
import { alertingSchema, resolveChannelPaths } from './alerting-config.js';

const percents = v.pipe(
  v.array(v.pipe(v.number(), v.gtValue(0), v.maxValue(100))),
  v.minLength(1),
  v.check((waves) => waves.every((percent, index) => index === 0 || percent > (waves[index - 1] ?? 0)), 'must ascend'),
);

/** The configuration file. Unknown keys are refused; relative paths are relative to the file. */
export const configSchema = v.strictObject({
  fleet: v.optional(fleetNameSchema, 'default'),
  dataDir: v.pipe(text(4_096), v.minLength(1)),
  /** Where the embedded broker listens. */
  listen: v.optional(
    v.strictObject({
      host: v.optional(text(255), '127.0.0.1'),
      port: v.optional(v.pipe(count, v.maxValue(65_535)), 1883),
    }),
    {},
  ),
  /** Where `GET /metrics` is answered; nowhere if it is left out. */
  metrics: v.optional(
    v.nullable(
      v.strictObject({
        host: v.optional(text(255), '127.0.0.1'),
        port: v.pipe(count, v.maxValue(65_535)),
      }),
    ),
    null,
  ),
  /** `embedded`, or the broker to connect to. */
  broker: v.optional(
    v.union([
      v.literal('embedded'),
      v.strictObject({
        url: v.pipe(
          text(1_000),
          v.url(),
          v.regex(/^(?:mqtt|ws)s?:\/\/./, 'must be mqtt://, mqtts://, ws:// or wss://'),
        ),
        username: v.optional(v.nullable(text(64)), null),
        password: v.optional(v.nullable(text(1_000)), null),
      }),
    ]),
    'embedded',
  ),
  /** PEM files of the keys whose packages are accepted; without any, all of `dataDir/trusted/*.pub`. */
  trustedKeys: v.optional(v.array(text(4_096)), []),
  /** Shares of an environment, in percent, that a deploy without `--subset` goes through. */
  defaultWaves: v.optional(v.record(environmentSchema, percents), {}),
  /** Environments in which a deploy waits until a second person approves it. */
  approvals: v.optional(v.array(environmentSchema), []),
  /** Silence after which an assigned device counts as unknown. */
  silenceSecondsMax: v.optional(positiveCount, 900),
  /** Rollouts that are over and kept whole; of others a summary remains. */
  rolloutsKeptMax: v.optional(count, defaultRolloutsKeptMax),
  /** Records kept of rollouts that are over, for replays. */
  recordsKeptMax: v.optional(count, defaultRecordsKeptMax),
  /** Waits for the end of a coordinator that works on the same data, instead of refusing to start. */
  standby: v.optional(v.boolean(), false),
  /** What a package needs before it goes to production. */
  checklist: v.optional(
    v.strictObject({
      required: v.optional(v.array(preItemSchema), [...preItemSchema.options]),
      maxAgeHours: v.optional(positiveCount, defaultMaxAgeHours),
      healthyRatioMin: v.optional(ratio, defaultHealthyRatioMin),
    }),
    {},
  ),
  /** Who is told of what, and how. */
  alerting: v.optional(alertingSchema, {}),
  logLevel: v.optional(v.picklist(['debug', 'info', 'warn', 'error', 'silent']), 'info'),
});

export type Config = v.InferOutput<typeof configSchema>;

/** Resolves the paths of a configuration against the folder of its file. */
export function resolvePaths(config: Config, folder: string): Config {
  const absolute = (path: string) => (isAbsolute(path) ? path : resolve(folder, path));
  return {
    ...config,
    dataDir: absolute(config.dataDir),
    trustedKeys: config.trustedKeys.map(absolute),
    alerting: resolveChannelPaths(config.alerting, absolute),
  };
}

/** What is asked of a package for production. */
export function checklistPolicyOf({ required, maxAgeHours, healthyRatioMin }: Config['checklist']): ChecklistPolicy {
  return { required: new Set(required), maxAgeMs: maxAgeHours * 3_600_000, healthyRatioMin };
}
