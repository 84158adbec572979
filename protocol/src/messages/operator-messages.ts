import * as v from 'valibot';
import { alertReplySchema, alertRequestSchema } from '../alerting/alert.js';
import { incidentReplySchema, incidentRequestSchema } from '../alerting/incident.js';
import { noticeReplySchema, noticeRequestSchema } from '../alerting/notice.js';
import {
  deviceIdSchema,
  deviceKindSchema,
  digestSchema,
  environmentSchema,
  gatewayIdSchema,
  generationSchema,
  packageNameSchema,
  packageVersionSchema,
  requestIdSchema,
  rolloutIdSchema,
} from '../base/ids.js';
import { limits } from '../base/limits.js';
import { bytes, count, nonNegative, positiveCount, text, wallClockMs } from '../base/schema.js';
import { checklistSchema } from '../checklist/checklist.js';
import { policySchema } from '../health/limits.js';
import {
  checkSchema,
  datasetNameSchema,
  datasetReferenceSchema,
  drillFindingsSchema,
  measuredFiguresSchema,
  measurementLimits,
  measurementProgressSchema,
  measurementResultSchema,
  measurementSpecSchema,
  thresholdDevicesMax,
} from '../measure/measurement.js';
import { suiteSchema } from '../measure/suites.js';
import { outlookSchema } from '../rollout/outlook.js';
import { replayRequestSchema, rolloutReplaySchema } from '../rollout/replay.js';
import { dailyWindowSchema, rolloutLimitsSchema } from '../rollout/rollout-limits.js';
import { rolloutSeriesSchema } from '../rollout/rollout-series.js';
import { rolloutSummarySchema } from '../rollout/rollout-summary.js';
import { analysisRequestSchema } from '../rollout/wave-analysis.js';
import { isolationViewSchema } from '../state/isolation.js';
import { reportedStateSchema } from '../state/reported.js';
import { packageIdentitySchema, slotNameSchema } from '../state/slot.js';
import { deviceEventSchema, errorReportSchema, healthMessageSchema, logLineSchema } from './device-messages.js';
import { targetSchema } from './target.js';

const reason = v.nullable(text(500));
const said = v.pipe(text(500), v.minLength(1));
/** A person's user name at the broker. */
export const operatorNameSchema = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9_-]{0,47}$/, 'must be 1 to 48 of a-z 0-9 _ -'),
);
const chunkData = v.pipe(
  bytes,
  v.check((data) => data.length > 0 && data.length <= limits.chunkBytes, `must have 1 to ${limits.chunkBytes} bytes`),
);
const percent = v.pipe(v.number(), v.gtValue(0), v.maxValue(100));

/** `operator/{clientId}/request/{requestId}` */
export const operatorRequestSchema = v.variant('kind', [
  /** Begins or resumes an upload; the reply says which bytes are already there. */
  v.strictObject({
    kind: v.literal('upload-open'),
    fileDigest: digestSchema,
    sizeBytes: v.pipe(positiveCount, v.maxValue(limits.packageBytesMax)),
  }),
  v.strictObject({ kind: v.literal('upload-chunk'), fileDigest: digestSchema, offset: count, data: chunkData }),
  /** Verifies the uploaded file and registers it. */
  v.strictObject({ kind: v.literal('upload-close'), fileDigest: digestSchema }),
  v.strictObject({
    kind: v.literal('deploy'),
    target: targetSchema,
    digest: digestSchema,
    /** Shares of the target in percent, ascending; null for the environment's usual waves. */
    waves: v.nullable(v.pipe(v.array(percent), v.minLength(1), v.maxLength(20))),
    policy: policySchema,
    batchSize: v.pipe(positiveCount, v.maxValue(64)),
    override: reason,
    /** Also where the checklist of production has open items; needs a reason. */
    force: v.exactOptional(v.boolean()),
    /** Of a deploy to a slot: how long the package stays there for a switch; a day if it is left out. */
    keepSeconds: v.exactOptional(v.pipe(positiveCount, v.maxValue(limits.stagedSecondsMax))),
    /** Whether gateways are taken whole and confirm together with their boards; no if it is left out. */
    asUnit: v.exactOptional(v.boolean()),
    /** Whether the devices log in detail for this package; no if it is left out. */
    debug: v.exactOptional(v.boolean()),
    /** Whether nothing may begin before a second person approves; if it is left out, what is usual in the environment. */
    approval: v.exactOptional(v.boolean()),
    /** What waves must show besides confirmations; what is usual if it is left out. */
    analysis: v.exactOptional(analysisRequestSchema),
    limits: v.exactOptional(rolloutLimitsSchema),
    /** Whether only the plan is wanted: nothing is stored and nobody is told. */
    dryRun: v.exactOptional(v.boolean()),
    /** Who leaves the package when a wave fails: its own devices, all of the rollout (if left out), or nobody. */
    onTrip: v.exactOptional(v.picklist(['wave', 'rollout', 'none'])),
    spreadSeconds: v.exactOptional(v.pipe(nonNegative, v.maxValue(24 * 3600))),
    window: v.exactOptional(dailyWindowSchema),
    reason,
  }),
  v.strictObject({
    kind: v.literal('rollback'),
    target: targetSchema,
    to: v.variant('kind', [
      v.strictObject({ kind: v.literal('previous') }),
      v.strictObject({
        kind: v.literal('version'),
        name: v.nullable(packageNameSchema),
        version: packageVersionSchema,
      }),
    ]),
    reason,
  }),
  /**
   * Makes live, wave by wave, what is staged in one slot (`to`) of an environment, such as `production-green`. The slot
   * that served (`from`) keeps its package. With `dryRun` the reply says what would be done, and nothing is.
   */
  v.strictObject({
    kind: v.literal('switch'),
    from: targetSchema,
    to: targetSchema,
    waves: v.nullable(v.pipe(v.array(percent), v.minLength(1), v.maxLength(20))),
    /** How long the whole set is watched on after its last device has confirmed. */
    bakeSeconds: v.pipe(count, v.maxValue(limits.bakeSecondsMax)),
    /** After this, `status` reminds of a slot that still holds what was left. */
    decommissionWithinSeconds: v.pipe(positiveCount, v.maxValue(limits.stagedSecondsMax)),
    /** Whether gateways are taken whole and confirm together with their boards; no if it is left out. */
    asUnit: v.exactOptional(v.boolean()),
    /** Also where devices have not verified the package; needs a reason. */
    force: v.exactOptional(v.boolean()),
    dryRun: v.boolean(),
    reason,
  }),
  /** Empties one slot of every device of an environment. With `dryRun` the reply says what would be done. */
  v.strictObject({ kind: v.literal('decommission'), target: targetSchema, dryRun: v.boolean(), reason }),
  /** Halts a rollout; its unconfirmed devices revert. */
  v.strictObject({ kind: v.literal('stop'), rolloutId: rolloutIdSchema, reason }),
  /** Nobody new is told to begin until it is resumed; who has begun goes on. */
  v.strictObject({ kind: v.literal('pause'), rolloutId: rolloutIdSchema, reason: said }),
  v.strictObject({ kind: v.literal('resume'), rolloutId: rolloutIdSchema, reason: said }),
  /** Passes a wave, from 0, whose gate neither passes nor fails. */
  v.strictObject({ kind: v.literal('promote'), rolloutId: rolloutIdSchema, waveIndex: count, reason: said }),
  /** Lets a proposed rollout begin; not by who proposed it. */
  v.strictObject({ kind: v.literal('approve'), rolloutId: rolloutIdSchema, reason: said }),
  /** Gives the package once more to devices that failed; `override`: also to those that rolled it back by themselves. */
  v.strictObject({
    kind: v.literal('retry'),
    rolloutId: rolloutIdSchema,
    override: v.exactOptional(v.boolean()),
    reason: said,
  }),
  /** Takes devices out of inference traffic, or lets them into it again; what they run stays as it is. */
  v.strictObject({
    kind: v.literal('isolate'),
    target: targetSchema,
    isolated: v.boolean(),
    reason: said,
  }),
  /** How far the devices of a target are with that. */
  v.strictObject({ kind: v.literal('isolations'), target: targetSchema }),
  v.strictObject({ kind: v.literal('rollout'), rolloutId: rolloutIdSchema }),
  /** What its devices did over time, with the package and without, as far as it is still kept. */
  v.strictObject({ kind: v.literal('rollout-series'), rolloutId: rolloutIdSchema }),
  replayRequestSchema,
  v.strictObject({ kind: v.literal('rollouts'), limit: v.pipe(positiveCount, v.maxValue(1_000)) }),
  v.strictObject({ kind: v.literal('devices'), target: targetSchema }),
  v.strictObject({ kind: v.literal('packages') }),
  v.strictObject({ kind: v.literal('events'), target: targetSchema, limit: v.pipe(positiveCount, v.maxValue(10_000)) }),
  v.strictObject({ kind: v.literal('audit'), limit: v.pipe(positiveCount, v.maxValue(10_000)) }),
  v.strictObject({
    kind: v.literal('logs'),
    target: targetSchema,
    tail: v.pipe(count, v.maxValue(limits.logLinesMax)),
    followSeconds: v.pipe(count, v.maxValue(3600)),
  }),
  /** Has devices measure something; the reply names the measurement, whose state is then asked for again and again. */
  v.strictObject({
    kind: v.literal('measure'),
    target: targetSchema,
    spec: measurementSpecSchema,
    /** Of a device's time, at most. */
    share: v.pipe(nonNegative, v.minValue(0.01), v.maxValue(measurementLimits.shareMax)),
    /** What has no result by then is cancelled. */
    timeoutSeconds: v.pipe(nonNegative, v.minValue(1), v.maxValue(2 * measurementLimits.secondsMax)),
  }),
  /** How far a measurement is: only what changed after `revision`, 0 for everything. Who stops asking cancels it. */
  v.strictObject({ kind: v.literal('measurement'), measurementId: requestIdSchema, revision: count }),
  v.strictObject({ kind: v.literal('measurement-cancel'), measurementId: requestIdSchema }),
  /** What a baseline changes in the thresholds of its devices; with `isApplied` it is stored and told to them. */
  v.strictObject({
    kind: v.literal('thresholds-update'),
    figures: v.pipe(v.array(measuredFiguresSchema), v.minLength(1), v.maxLength(thresholdDevicesMax)),
    isApplied: v.boolean(),
  }),
  /** Registers an uploaded CSV file under a name. */
  v.strictObject({
    kind: v.literal('dataset-add'),
    name: datasetNameSchema,
    fileDigest: digestSchema,
    packageName: v.nullable(packageNameSchema),
  }),
  v.strictObject({ kind: v.literal('datasets') }),
  /** The last verification of each device, package and suite; null for every suite. */
  v.strictObject({ kind: v.literal('verifications'), target: targetSchema, suite: v.nullable(suiteSchema) }),
  /** How a package stands before a target, item by item. */
  v.strictObject({ kind: v.literal('checklist'), target: targetSchema, package: packageIdentitySchema }),
  /** Somebody has written a rollout's report. */
  v.strictObject({ kind: v.literal('report-written'), rolloutId: rolloutIdSchema, file: text(500) }),
  /** Makes, or makes anew, a gateway's credentials; the reply is the only place where the secret is ever shown. */
  v.strictObject({ kind: v.literal('enrol'), gatewayId: gatewayIdSchema }),
  /** The same for a person. */
  v.strictObject({ kind: v.literal('enrol-operator'), username: operatorNameSchema }),
  alertRequestSchema,
  noticeRequestSchema,
  incidentRequestSchema,
]);
export type OperatorRequest = v.InferOutput<typeof operatorRequestSchema>;

/** How the coordinator sees a device. */
export const deviceViewSchema = v.strictObject({
  deviceId: deviceIdSchema,
  gatewayId: gatewayIdSchema,
  kind: deviceKindSchema,
  site: text(48),
  environment: environmentSchema,
  admission: positiveCount,
  online: v.boolean(),
  /** Null until the device has reported for the first time. */
  lastSeenMs: v.nullable(wallClockMs),
  /** Since `lastSeenMs` by the coordinator's clock. */
  silentMs: v.nullable(count),
  /** The newest generation meant for this device. */
  desiredGeneration: generationSchema,
  desired: v.nullable(packageIdentitySchema),
  reported: v.nullable(reportedStateSchema),
  health: v.nullable(healthMessageSchema),
  /** Only of a device that is isolated, or has not taken up its release yet. */
  isolation: v.exactOptional(isolationViewSchema),
  /** In words, what somebody meant to do and has not done; left out if there is nothing. No fault of the device. */
  notes: v.exactOptional(v.array(text(300))),
  /** In words, why it is not healthy; empty if it is. */
  faults: v.array(text(300)),
});
export type DeviceView = v.InferOutput<typeof deviceViewSchema>;

export const packageViewSchema = v.strictObject({
  ...packageIdentitySchema.entries,
  sizeBytes: positiveCount,
  signedBy: v.array(text(64)),
  registeredMs: wallClockMs,
  registeredBy: text(64),
  /** Devices that run it confirmed now. */
  devices: count,
  /** Only of a package that a device left for its health: it comes back with an override alone. */
  quarantine: v.exactOptional(v.strictObject({ sinceMs: wallClockMs, why: text(500) })),
});
export type PackageView = v.InferOutput<typeof packageViewSchema>;

/** A device's isolation, for those who wait for it: small, for a target may be a fleet. */
export const deviceIsolationSchema = v.strictObject({ deviceId: deviceIdSchema, isolation: isolationViewSchema });
export type DeviceIsolation = v.InferOutput<typeof deviceIsolationSchema>;

/** A device's part in a measurement. */
export const measuredDeviceSchema = v.strictObject({
  deviceId: deviceIdSchema,
  state: v.picklist(['asked', 'running', 'done', 'failed']),
  progress: v.nullable(measurementProgressSchema),
  /** Only of a device that is done. */
  result: v.nullable(measurementResultSchema),
  /** Only of a device that failed. */
  error: v.nullable(errorReportSchema),
});
export type MeasuredDevice = v.InferOutput<typeof measuredDeviceSchema>;

/** A threshold that becomes another one. */
export const thresholdChangeSchema = v.strictObject({
  deviceId: deviceIdSchema,
  metric: v.picklist(['latency', 'energy']),
  unit: v.picklist(['us', 'mW']),
  /** In force now, as the device told it last, and where it comes from. */
  before: v.nullable(nonNegative),
  origin: v.nullable(v.picklist(['budget', 'baseline'])),
  after: nonNegative,
});
export type ThresholdChange = v.InferOutput<typeof thresholdChangeSchema>;

/** A registered dataset. */
export const datasetViewSchema = v.strictObject({
  ...datasetReferenceSchema.entries,
  rows: positiveCount,
  columns: v.array(text(64)),
  addedMs: wallClockMs,
  addedBy: text(64),
});
export type DatasetView = v.InferOutput<typeof datasetViewSchema>;

/** What a suite found of a device and a package, and when. */
export const verificationRecordSchema = v.strictObject({
  deviceId: deviceIdSchema,
  package: packageIdentitySchema,
  slot: slotNameSchema,
  suite: suiteSchema,
  /** As the operator named it. */
  target: text(200),
  isPassed: v.boolean(),
  checks: v.array(checkSchema),
  /** Only where a drill was made to its end. */
  drill: v.exactOptional(drillFindingsSchema),
  atMs: wallClockMs,
  actor: text(64),
});
export type VerificationRecord = v.InferOutput<typeof verificationRecordSchema>;

export const auditEntrySchema = v.strictObject({
  sequence: positiveCount,
  atMs: wallClockMs,
  actor: text(64),
  action: text(64),
  subject: text(200),
  reason,
  detail: text(4_000),
});
export type AuditEntry = v.InferOutput<typeof auditEntrySchema>;

export const deviceLogSchema = v.strictObject({ deviceId: deviceIdSchema, lines: v.array(logLineSchema) });

/** `operator/{clientId}/reply/{requestId}`; `of` repeats the kind of the request. */
export const operatorReplySchema = v.variant('of', [
  v.strictObject({ of: v.literal('upload-open'), haveBytes: count, registered: v.nullable(packageViewSchema) }),
  v.strictObject({ of: v.literal('upload-chunk'), haveBytes: count }),
  v.strictObject({ of: v.literal('upload-close'), registered: packageViewSchema }),
  v.strictObject({
    of: v.literal('deploy'),
    rollout: rolloutSummarySchema,
    /** With `dryRun`: what the gates say of the first wave now. */
    outlook: v.exactOptional(v.array(outlookSchema)),
  }),
  v.strictObject({ of: v.literal('rollback'), rollout: rolloutSummarySchema }),
  v.strictObject({ of: v.literal('switch'), rollout: rolloutSummarySchema }),
  v.strictObject({ of: v.literal('decommission'), rollout: rolloutSummarySchema }),
  v.strictObject({ of: v.literal('stop'), rollout: rolloutSummarySchema }),
  v.strictObject({ of: v.literal('pause'), rollout: rolloutSummarySchema }),
  v.strictObject({ of: v.literal('resume'), rollout: rolloutSummarySchema }),
  v.strictObject({ of: v.literal('promote'), rollout: rolloutSummarySchema }),
  v.strictObject({ of: v.literal('approve'), rollout: rolloutSummarySchema }),
  v.strictObject({ of: v.literal('retry'), rollout: rolloutSummarySchema }),
  v.strictObject({ of: v.literal('isolate'), devices: v.array(deviceIsolationSchema) }),
  v.strictObject({ of: v.literal('isolations'), devices: v.array(deviceIsolationSchema) }),
  v.strictObject({ of: v.literal('rollout'), rollout: rolloutSummarySchema }),
  v.strictObject({ of: v.literal('rollout-series'), series: rolloutSeriesSchema }),
  v.strictObject({ of: v.literal('replay'), replay: rolloutReplaySchema }),
  v.strictObject({ of: v.literal('rollouts'), rollouts: v.array(rolloutSummarySchema) }),
  v.strictObject({ of: v.literal('devices'), devices: v.array(deviceViewSchema) }),
  v.strictObject({ of: v.literal('packages'), packages: v.array(packageViewSchema) }),
  v.strictObject({ of: v.literal('events'), events: v.array(deviceEventSchema) }),
  v.strictObject({ of: v.literal('audit'), entries: v.array(auditEntrySchema) }),
  /** Lines to come arrive as progress. Devices that did not answer in time are named. */
  v.strictObject({ of: v.literal('logs'), logs: v.array(deviceLogSchema), silent: v.array(deviceIdSchema) }),
  v.strictObject({ of: v.literal('measure'), measurementId: requestIdSchema, devices: v.array(deviceIdSchema) }),
  v.strictObject({
    of: v.literal('measurement'),
    /** To ask with the next time. */
    revision: count,
    /** Whether every device is done or has failed, and all of that has been told. */
    isOver: v.boolean(),
    devices: v.array(measuredDeviceSchema),
  }),
  v.strictObject({ of: v.literal('measurement-cancel') }),
  v.strictObject({
    of: v.literal('thresholds-update'),
    changes: v.array(thresholdChangeSchema),
    /** By which the devices' taking up is followed; null if nothing is told to them. */
    measurementId: v.nullable(requestIdSchema),
  }),
  v.strictObject({ of: v.literal('dataset-add'), dataset: datasetViewSchema }),
  v.strictObject({ of: v.literal('datasets'), datasets: v.array(datasetViewSchema) }),
  v.strictObject({ of: v.literal('verifications'), verifications: v.array(verificationRecordSchema) }),
  v.strictObject({ of: v.literal('checklist'), checklist: checklistSchema }),
  v.strictObject({ of: v.literal('report-written') }),
  v.strictObject({
    of: v.literal('enrol'),
    gatewayId: gatewayIdSchema,
    username: text(64),
    password: text(128),
    created: v.boolean(),
  }),
  v.strictObject({
    of: v.literal('enrol-operator'),
    username: text(64),
    password: text(128),
    created: v.boolean(),
  }),
  alertReplySchema,
  noticeReplySchema,
  incidentReplySchema,
  v.strictObject({ of: v.literal('error'), error: errorReportSchema }),
]);
export type OperatorReply = v.InferOutput<typeof operatorReplySchema>;
/** The reply to a request of this kind, when it is not an error. */
export type OperatorReplyTo<K extends OperatorRequest['kind']> = Extract<OperatorReply, { of: K }>;

/** `operator/{clientId}/progress/{requestId}`: what happens after the reply, or before one that takes its time. */
export const operatorProgressSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('rollout'), rollout: rolloutSummarySchema }),
  v.strictObject({ kind: v.literal('log'), log: deviceLogSchema }),
  /** Looks that are planned again, of all; `total` is 0 while others come first. */
  v.strictObject({ kind: v.literal('replay'), done: count, total: count }),
]);
export type OperatorProgress = v.InferOutput<typeof operatorProgressSchema>;
