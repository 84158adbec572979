import type { Alert, DeviceEvent, Role } from '@liquid-lln/protocol';
import type { AuditRecord } from '../records.js';
import { packageOf, type Rollout } from '../rollout.js';
import { isActive } from './alert-tracker.js';
import type { AlertingState } from './alerting-state.js';
import type { NoticeDraft } from './outbox.js';
import { roleOfRule } from './policy.js';
import { silenceOf } from './silence.js';

/** What is to be told, and to whom besides those who subscribed to it. */
export interface Telling {
  readonly draft: NoticeDraft;
  readonly roles: readonly Role[];
}

/**
 * What a change of an alert is to be told: that it was raised, became critical, has ended. Of what somebody knows, or
 * has silenced, nothing is told but its end.
 */
export function tellAlert(
  before: Alert | undefined,
  after: Alert,
  state: Pick<AlertingState, 'silences'>,
  nowMs: number,
): Telling[] {
  const event = alertEvent(before, after);
  if (event === null || silenceOf(after, state.silences.values(), nowMs) !== null) return [];
  if (after.acknowledged !== null && event !== 'ended' && event !== 'acknowledged') return [];
  const { alertId, rule, subject, severity, environment, devices, detail, repeats, acknowledged } = after;
  const draft: NoticeDraft = {
    topic: 'alerts',
    event,
    subject: alertId,
    severity: event === 'ended' ? 'info' : severity,
    title: `${alertTitles[event]}: ${rule} of ${subject}`,
    detail: event === 'acknowledged' ? `${acknowledged?.by}: ${acknowledged?.reason}` : detail,
    facts: { rule, about: subject, environment, devices: devices.slice(0, 20).join(', '), repeats },
    atMs: nowMs,
  };
  // Whoever acknowledged it has no need to hear so.
  const roles: Role[] = event === 'acknowledged' ? [] : [roleOfRule[rule]];
  return [{ draft, roles }];
}

const alertTitles = {
  raised: 'alert',
  worse: 'alert is critical',
  acknowledged: 'alert is known',
  ended: 'alert has ended',
};

function alertEvent(before: Alert | undefined, after: Alert): keyof typeof alertTitles | null {
  const wasActive = before !== undefined && isActive(before);
  if (!isActive(after)) return wasActive ? 'ended' : null;
  if (!wasActive) return 'raised';
  if (before.severity !== after.severity) return 'worse';
  return before.acknowledged === null && after.acknowledged !== null ? 'acknowledged' : null;
}

/** Every entry of the audit log about a rollout is an event of it, whoever wrote it. */
export function tellRollout(entry: AuditRecord, rollout: Rollout, nowMs: number): Telling {
  const { action, actor, reason, detail } = entry;
  const running = packageOf(rollout);
  const { rolloutId, kind, status, target, waveIndex, waves } = rollout;
  const brings = running === null ? 'the previous package' : `${running.name}@${running.version}`;
  const draft: NoticeDraft = {
    topic: 'rollouts',
    event: action,
    subject: rolloutId,
    severity: status === 'halted' ? 'warning' : 'info',
    title: `rollout ${rolloutId} (${brings} to ${target}): ${action}`,
    detail,
    facts: {
      actor,
      reason,
      kind,
      status,
      target,
      package: running === null ? null : `${running.name}@${running.version}`,
      digest: running?.digest ?? null,
      wave: waveIndex + 1,
      waves: waves.length,
    },
    atMs: nowMs,
  };
  return { draft, roles: [] };
}

/** What a device says of its part in a rollout. */
export function tellDevice({ deviceId, epoch, sequence, atMs, body }: DeviceEvent, nowMs: number): Telling[] {
  if (!('rolloutId' in body)) return [];
  const pack = body.package;
  const facts = {
    device: deviceId,
    epoch,
    sequence,
    saidMs: atMs,
    rolloutId: body.rolloutId,
    generation: body.generation,
    package: pack === null ? null : `${pack.name}@${pack.version}`,
    digest: pack?.digest ?? null,
    ...(body.kind === 'reverted' ? { cause: body.cause } : {}),
    ...(body.kind === 'refused' ? { code: body.code } : {}),
  };
  const isBad = body.kind === 'refused' || (body.kind === 'reverted' && body.cause !== 'drill');
  const draft: NoticeDraft = {
    topic: 'devices',
    event: body.kind,
    subject: deviceId,
    severity: isBad ? 'warning' : 'info',
    title: `${deviceId}: ${body.kind}`,
    detail: 'detail' in body ? body.detail : '',
    facts,
    atMs: nowMs,
  };
  return [{ draft, roles: [] }];
}
