import {
  alertSchema,
  channelRecordSchema,
  checklistStandSchema,
  clientIdSchema,
  cohortSchema,
  count,
  desiredDocumentSchema,
  deviceIdSchema,
  deviceShareSchema,
  digestSchema,
  environmentSchema,
  gatewayIdSchema,
  generationSchema,
  incidentSchema,
  instructionSchema,
  isolationDocumentSchema,
  measuredFiguresSchema,
  memberProgressSchema,
  metricFindingSchema,
  noticeSchema,
  outcomeSchema,
  packageIdentitySchema,
  positiveCount,
  reportedStateSchema,
  requestIdSchema,
  rolloutIdSchema,
  rolloutKindSchema,
  rolloutStatusSchema,
  silenceSchema,
  verdictSchema,
  waveDocumentSchema,
} from '@liquid-lln/protocol';
import * as v from 'valibot';
import type { AlertingRecord } from '../../domain/alerting/alerting-state.js';
import type { DesiredState } from '../../domain/desired-state.js';
import type { EventCursor } from '../../domain/event-intake.js';
import type { IsolationRecord } from '../../domain/isolation.js';
import type {
  DeviceRecord,
  GatewayRecord,
  OperatorRecord,
  PackageRecord,
  ThresholdRecord,
} from '../../domain/records.js';
import type { Rollout } from '../../domain/rollout.js';
import { noLimits } from '../../domain/rollout-limits.js';
import type { RequestRecord } from '../../ports/fleet-store.js';

/** What is read from disk is checked like what comes over the wire: a damaged store is named, not believed. */
export const gatewaySchema: v.GenericSchema<unknown, GatewayRecord> = v.strictObject({
  gatewayId: gatewayIdSchema,
  secretHash: v.string(),
  enrolledMs: count,
});

export const operatorSchema: v.GenericSchema<unknown, OperatorRecord> = v.strictObject({
  username: v.string(),
  secretHash: v.string(),
  role: v.literal('admin'),
  createdMs: count,
});

export const deviceSchema: v.GenericSchema<unknown, DeviceRecord> = v.strictObject({
  deviceId: deviceIdSchema,
  gatewayId: gatewayIdSchema,
  admission: positiveCount,
  reported: reportedStateSchema,
  retiredEpochs: v.array(v.string()),
  lastSeenMs: count,
});

export const packageSchema: v.GenericSchema<unknown, PackageRecord> = v.strictObject({
  identity: packageIdentitySchema,
  fileDigest: digestSchema,
  sizeBytes: positiveCount,
  needs: v.optional(v.nullable(v.strictObject({ kernelAbi: positiveCount, imageBytes: positiveCount })), null),
  signedBy: v.array(v.string()),
  registeredMs: count,
  registeredBy: v.string(),
  quarantine: v.optional(
    v.nullable(
      v.strictObject({
        sinceMs: count,
        evidence: v.array(
          v.strictObject({
            deviceId: deviceIdSchema,
            rolloutId: v.nullable(rolloutIdSchema),
            code: v.string(),
            detail: v.string(),
            atMs: count,
          }),
        ),
      }),
    ),
    null,
  ),
});

export const desiredStateSchema: v.GenericSchema<unknown, DesiredState> = v.variant('kind', [
  v.strictObject({ kind: v.literal('wave'), environment: environmentSchema, document: waveDocumentSchema }),
  v.strictObject({ kind: v.literal('desired'), deviceId: deviceIdSchema, document: desiredDocumentSchema }),
]);

export const isolationSchema: v.GenericSchema<unknown, IsolationRecord> = v.strictObject({
  deviceId: deviceIdSchema,
  document: isolationDocumentSchema,
});

export const cursorSchema: v.GenericSchema<unknown, EventCursor> = v.strictObject({
  upTo: count,
  beyond: v.array(positiveCount),
});

export const requestSchema: v.GenericSchema<unknown, RequestRecord> = v.strictObject({
  client: clientIdSchema,
  request: requestIdSchema,
  rolloutId: rolloutIdSchema,
  atMs: count,
});

/** A record of alerting, put together from its row. */
export const alertingSchema: v.GenericSchema<unknown, AlertingRecord> = v.variant('of', [
  v.strictObject({ of: v.literal('counter'), key: v.string(), value: count }),
  v.strictObject({ of: v.literal('alert'), key: alertSchema.entries.alertId, value: alertSchema }),
  v.strictObject({ of: v.literal('silence'), key: silenceSchema.entries.silenceId, value: silenceSchema }),
  v.strictObject({ of: v.literal('incident'), key: incidentSchema.entries.incidentId, value: incidentSchema }),
  v.strictObject({ of: v.literal('notice'), key: v.string(), value: noticeSchema }),
  v.strictObject({ of: v.literal('channel'), key: channelRecordSchema.entries.channel, value: channelRecordSchema }),
]);

const observationSchema = v.strictObject({
  progress: memberProgressSchema,
  now: v.nullable(packageIdentitySchema),
  outcome: v.nullable(outcomeSchema),
  waitingFor: v.string(),
});

const decisionSchema = v.strictObject({ by: v.string(), reason: v.string(), atMs: count });

const limitsSchema = v.strictObject({
  failureBudget: v.nullable(deviceShareSchema),
  maxUnavailable: v.nullable(positiveCount),
  ratePerMinute: v.nullable(positiveCount),
  silenceSecondsMax: v.nullable(positiveCount),
});

const memberSchema = v.strictObject({
  deviceId: deviceIdSchema,
  waveIndex: count,
  before: v.nullable(packageIdentitySchema),
  told: v.optional(v.nullable(v.strictObject({ generation: generationSchema, atMs: count })), null),
  failure: v.nullable(v.strictObject({ progress: v.picklist(['reverted', 'refused']), outcome: outcomeSchema })),
  final: v.nullable(observationSchema),
});

const waveSchema = v.strictObject({
  percent: v.number(),
  cohort: cohortSchema,
  devices: count,
  generation: v.nullable(generationSchema),
  startedMs: v.nullable(count),
  passedMs: v.nullable(count),
  promoted: v.optional(v.nullable(decisionSchema), null),
});

const rolloutInstructionSchema = v.pipe(
  instructionSchema,
  v.check(({ kind }) => kind !== 'hold' && kind !== 'none', 'must be one of a rollout'),
  v.transform((instruction) => instruction as Rollout['instruction']),
);

const conditionsSchema = v.strictObject({ isAnalysed: v.boolean(), holdSeconds: count, evidenceMin: count });

export const analysisSchema = v.strictObject({
  waveIndex: count,
  startedMs: count,
  looks: count,
  nextLookSeconds: v.number(),
  bets: v.strictObject({ logCapitals: v.array(v.number()), upToMs: v.number() }),
  findings: v.array(metricFindingSchema),
  verdict: verdictSchema,
  cleanInferences: count,
});

export const rolloutSchema: v.GenericSchema<unknown, Rollout> = v.strictObject({
  rolloutId: rolloutIdSchema,
  kind: rolloutKindSchema,
  status: rolloutStatusSchema,
  target: v.string(),
  scope: v.variant('kind', [
    v.strictObject({ kind: v.literal('environment'), environment: environmentSchema }),
    v.strictObject({ kind: v.literal('devices') }),
  ]),
  instruction: rolloutInstructionSchema,
  onTrip: v.picklist(['roll-back', 'roll-back-wave', 'halt-only']),
  limits: v.optional(limitsSchema, noLimits),
  seed: v.string(),
  candidates: v.array(
    v.strictObject({ deviceId: deviceIdSchema, kind: v.string(), site: v.string(), admission: positiveCount }),
  ),
  waves: v.array(waveSchema),
  waveIndex: count,
  members: v.array(memberSchema),
  createdMs: count,
  createdBy: v.string(),
  approval: v.optional(v.nullable(v.strictObject({ given: v.nullable(decisionSchema) })), null),
  paused: v.optional(v.nullable(decisionSchema), null),
  resumed: v.exactOptional(decisionSchema),
  endedMs: v.nullable(count),
  deadlineMs: v.exactOptional(count),
  bakeSeconds: v.exactOptional(count),
  bakingSinceMs: v.exactOptional(count),
  ending: v.optional(
    v.nullable(
      v.strictObject({
        generation: generationSchema,
        kind: v.picklist(['hold', 'rollback']),
        fromWave: v.optional(count, 0),
      }),
    ),
    null,
  ),
  detail: v.string(),
  checklist: v.exactOptional(checklistStandSchema),
  reported: v.exactOptional(v.strictObject({ by: v.string(), file: v.string(), atMs: count })),
  conditions: v.exactOptional(conditionsSchema),
  analysis: v.exactOptional(analysisSchema),
});

export const thresholdSchema: v.GenericSchema<unknown, ThresholdRecord> = v.strictObject({
  ...measuredFiguresSchema.entries,
  atMs: count,
  actor: v.string(),
});
