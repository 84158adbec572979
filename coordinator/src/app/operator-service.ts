import {
  decodeMessage,
  encodeMessage,
  limits,
  type OperatorReply,
  type OperatorRequest,
  operatorReplySchema,
  operatorRequestSchema,
  type Topics,
  toErrorReport,
} from '@liquid-lln/protocol';
import type { Logger } from '../ports/logger.js';
import type { MessageBus } from '../ports/message-bus.js';
import { requestKey } from './fleet-state.js';
import { acknowledge, listAlerts, silence, unsilence } from './operator/alerts.js';
import { noteReport, showChecklist } from './operator/checklist.js';
import { addDataset, listDatasets } from './operator/datasets.js';
import { enrol, enrolOperator } from './operator/enrolment.js';
import {
  acknowledgeAnIncident,
  closeAnIncident,
  document,
  emergency,
  escalate,
  listIncidents,
} from './operator/incidents.js';
import { isolate, listIsolations } from './operator/isolation.js';
import { cancelMeasurement, listVerifications, measure, showMeasurement } from './operator/measurements.js';
import { acknowledgeTest, listChannels, notify } from './operator/notices.js';
import type { Caller, Handler, OperatorComponents } from './operator/operator-context.js';
import { followLogs, listAudit, listDevices, listEvents, listPackages, showRolloutSeries } from './operator/queries.js';
import { replay } from './operator/replay.js';
import { approve, pause, promote, resume, retry } from './operator/rollout-decisions.js';
import { decommission, deploy, listRollouts, rollback, showRollout, stop, switchSlots } from './operator/rollouts.js';
import { updateThresholds } from './operator/thresholds.js';
import { appendUpload, closeUpload, openUpload } from './operator/uploads.js';

/** Every request there is has its handler; a new kind does not compile without one. */
const handlers: { readonly [K in OperatorRequest['kind']]: Handler<K> } = {
  alerts: listAlerts,
  acknowledge,
  silence,
  unsilence,
  notify,
  channels: listChannels,
  'acknowledge-test': acknowledgeTest,
  incidents: listIncidents,
  'incident-acknowledge': acknowledgeAnIncident,
  'incident-close': closeAnIncident,
  document,
  escalate,
  emergency,
  'upload-open': openUpload,
  'upload-chunk': appendUpload,
  'upload-close': closeUpload,
  deploy,
  rollback,
  switch: switchSlots,
  decommission,
  stop,
  pause,
  resume,
  promote,
  approve,
  retry,
  isolate,
  isolations: listIsolations,
  rollout: showRollout,
  'rollout-series': showRolloutSeries,
  replay,
  rollouts: listRollouts,
  devices: listDevices,
  packages: listPackages,
  events: listEvents,
  audit: listAudit,
  logs: followLogs,
  measure,
  measurement: showMeasurement,
  'measurement-cancel': cancelMeasurement,
  'thresholds-update': updateThresholds,
  'dataset-add': addDataset,
  datasets: listDatasets,
  verifications: listVerifications,
  checklist: showChecklist,
  'report-written': noteReport,
  enrol,
  'enrol-operator': enrolOperator,
};

export interface OperatorServiceComponents {
  readonly operator: OperatorComponents;
  readonly bus: MessageBus;
  readonly topics: Topics;
  readonly logger: Logger;
}

/** Answers remembered, so that a request that comes twice is handled once. */
const answersMax = 256;
/** Answers that are as good when they are given anew, and may be large. */
const queries: ReadonlySet<OperatorReply['of']> = new Set([
  'alerts',
  'channels',
  'incidents',
  'isolations',
  'rollout',
  'rollout-series',
  'replay',
  'rollouts',
  'devices',
  'packages',
  'events',
  'audit',
  'logs',
  'measurement',
  'datasets',
  'verifications',
  'checklist',
]);

/** Nothing was done; the same request may be when it comes again. */
const transientErrors: ReadonlySet<string> = new Set(['STORE_FULL', 'ENGINE_OVERLOADED']);

/** Answers operators. Whatever goes wrong becomes an error reply. */
export class OperatorService {
  readonly #components: OperatorServiceComponents;
  readonly #answers = new Map<string, Promise<OperatorReply>>();

  constructor(components: OperatorServiceComponents) {
    this.#components = components;
  }

  async takeRequest(caller: Caller, payload: Uint8Array): Promise<void> {
    const { bus, topics } = this.#components;
    const reply = await this.#answerOnce(caller, payload);
    const isTransient = reply.of === 'error' && transientErrors.has(reply.error.code);
    if (isTransient || queries.has(reply.of)) this.#answers.delete(requestKey(caller));
    const topic = topics.operatorReply(caller.client, caller.request);
    await bus.publish({ topic, payload: encodeReply(reply), retain: false });
  }

  #answerOnce(caller: Caller, payload: Uint8Array): Promise<OperatorReply> {
    const key = requestKey(caller);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = this.#answer(caller, payload);
    this.#answers.set(key, answer);
    const oldest = this.#answers.size > answersMax ? this.#answers.keys().next().value : undefined;
    if (oldest !== undefined) this.#answers.delete(oldest);
    return answer;
  }

  async #answer(caller: Caller, payload: Uint8Array): Promise<OperatorReply> {
    try {
      const request = decodeMessage(operatorRequestSchema, payload, 'request');
      return await handle(request, caller, this.#components.operator);
    } catch (thrown) {
      const error = toErrorReport(thrown);
      if (error.code === 'INTERNAL')
        this.#components.logger.error({ err: thrown, actor: caller.actor }, 'request failed');
      return { of: 'error', error: { ...error, message: error.message.slice(0, 2_000) } };
    }
  }
}

function handle<K extends OperatorRequest['kind']>(
  request: Extract<OperatorRequest, { kind: K }>,
  caller: Caller,
  components: OperatorComponents,
): Promise<OperatorReply> {
  const handler: Handler<K> = handlers[request.kind as K];
  return handler(request, caller, components);
}

/** A reply that is too large becomes an error that says so. */
function encodeReply(reply: OperatorReply): Uint8Array {
  try {
    return encodeMessage(operatorReplySchema, reply, 'reply', limits.replyBytesMax);
  } catch (thrown) {
    return encodeMessage(operatorReplySchema, { of: 'error', error: toErrorReport(thrown) }, 'error reply');
  }
}
