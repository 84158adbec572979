import { type Acknowledgement, type Alert, type Incident, type Role, roleSchema } from '@liquid-lln/protocol';
import type { Telling } from './alert-notices.js';
import { isActive } from './alert-tracker.js';
import type { AlertingState } from './alerting-state.js';
import { addEntry } from './incident-book.js';
import { channelsOfRole, type NoticeDraft } from './outbox.js';
import type { AlertingPolicy } from './policy.js';

/**
 * An incident a moment later: whom it is time to tell. An open one is told to the first role of its chain, again every
 * `repeatSeconds`, and after `acknowledgeSeconds` without an answer to the next one as well; in the end it says that nobody
 * answered. What somebody acknowledged rests.
 */
export function stepEscalation(incident: Incident, policy: AlertingPolicy, by: string, nowMs: number): Incident {
  if (incident.status !== 'open') return incident;
  const { acknowledgeSeconds, repeatSeconds, repeatsMax } = policy.escalation;
  const { level, levelMs, toldMs, repeats, isExhausted } = incident.escalation;
  if (isExhausted) return incident;
  const telling = { policy, by, nowMs };
  if (toldMs === null) return tell(incident, { level, levelMs: nowMs, repeats: 0 }, telling);
  const isLast = level === incident.chain.length - 1;
  if (!isLast && nowMs - levelMs >= acknowledgeSeconds * 1_000)
    return tell(incident, { level: level + 1, levelMs: nowMs, repeats: 0 }, telling);
  if (nowMs - toldMs < repeatSeconds * 1_000) return incident;
  if (repeats < repeatsMax) return tell(incident, { level, levelMs, repeats: repeats + 1 }, telling);
  if (!isLast) return incident;
  const text = 'everybody was told as often as is configured, and nobody has acknowledged it';
  const exhausted = { ...incident, escalation: { ...incident.escalation, isExhausted: true } };
  return addEntry(exhausted, { atMs: nowMs, actor: by, kind: 'escalated', text });
}

/** By an operator's hand: the next role of the chain, or the one that is named, which joins it. */
export function escalateTo(
  incident: Incident,
  role: Role | null,
  reason: string,
  { policy, by, nowMs }: TellingOf,
): Incident {
  const { level } = incident.escalation;
  const chain = role === null || incident.chain.includes(role) ? incident.chain : [...incident.chain, role];
  const wanted = role === null ? Math.min(level + 1, chain.length - 1) : Math.max(level, chain.indexOf(role));
  const open: Incident = { ...incident, chain, status: 'open', acknowledged: null };
  const noted = addEntry(open, { atMs: nowMs, actor: by, kind: 'noted', text: `escalates: ${reason}` });
  return tell(noted, { level: wanted, levelMs: nowMs, repeats: 0 }, { policy, by, nowMs });
}

/** Somebody takes it: nobody else is told. */
export function acknowledgeIncident(incident: Incident, acknowledged: Acknowledgement): Incident {
  if (incident.status === 'acknowledged' || incident.status === 'closed') return incident;
  const { by, reason, atMs } = acknowledged;
  const status = incident.status === 'open' ? 'acknowledged' : incident.status;
  return addEntry({ ...incident, status, acknowledged }, { atMs, actor: by, kind: 'acknowledged', text: reason });
}

/** Whoever acknowledged all that an incident was opened for has acknowledged it. */
export function acknowledgementOf(
  incident: Incident,
  { alerts }: Pick<AlertingState, 'alerts'>,
): Acknowledgement | null {
  if (incident.status !== 'open') return null;
  const active: Alert[] = incident.alerts.flatMap((alertId) => alerts.get(alertId) ?? []).filter(isActive);
  const last = active
    .map(({ acknowledged }) => acknowledged)
    .reduce((latest, each) => (each !== null && each.atMs >= (latest?.atMs ?? 0) ? each : latest), null);
  return active.length > 0 && active.every(({ acknowledged }) => acknowledged !== null) ? last : null;
}

export function closeIncident(incident: Incident, closed: Acknowledgement): Incident {
  if (incident.status === 'closed') return incident;
  const { by, reason, atMs } = closed;
  return addEntry({ ...incident, status: 'closed', closed }, { atMs, actor: by, kind: 'closed', text: reason });
}

/** What an incident's change is told as, and to whom; an emergency to all roles. */
export function tellIncident(before: Incident | undefined, after: Incident, nowMs: number): Telling[] {
  const event = incidentEvent(before, after);
  if (event === null) return [];
  const { incidentId, cause, title, status, devices, escalation, chain, timeline } = after;
  const told = event === 'emergency' ? roleSchema.options : chain.slice(0, escalation.level + 1);
  const isOver = event === 'closed' || event === 'recovered' || event === 'acknowledged';
  const draft: NoticeDraft = {
    topic: 'incidents',
    event,
    subject: incidentId,
    severity: isOver ? 'info' : 'critical',
    title: `incident ${incidentId}: ${title}${event === 'opened' ? '' : ` (${event})`}`,
    detail: [timeline[0]?.text ?? '', isOver ? (timeline.at(-1)?.text ?? '') : '']
      .filter((line) => line !== '')
      .join('\n'),
    facts: {
      cause,
      status,
      devices: devices.slice(0, 20).join(', '),
      level: escalation.level,
      repeats: escalation.repeats,
    },
    atMs: nowMs,
  };
  return [{ draft, roles: told }];
}

function incidentEvent(before: Incident | undefined, after: Incident): string | null {
  if (after.emergency !== null && after.emergency.atMs !== before?.emergency?.atMs) return 'emergency';
  const isTold = after.escalation.toldMs !== null && isToldAnew(before?.escalation, after.escalation);
  if (isTold) {
    if (before === undefined || before.escalation.toldMs === null) return 'opened';
    return after.escalation.level > before.escalation.level ? 'escalated' : 'repeated';
  }
  if (before === undefined || before.status === after.status) return null;
  return after.status === 'open' ? null : after.status;
}

function isToldAnew(before: Incident['escalation'] | undefined, after: Incident['escalation']): boolean {
  return before?.toldMs !== after.toldMs || before.level !== after.level || before.repeats !== after.repeats;
}

/** By whom, when, and through what. */
export interface TellingOf {
  readonly policy: AlertingPolicy;
  readonly by: string;
  readonly nowMs: number;
}

interface Step {
  readonly level: number;
  readonly levelMs: number;
  readonly repeats: number;
}

function tell(incident: Incident, { level, levelMs, repeats }: Step, { policy, by, nowMs }: TellingOf): Incident {
  const told = incident.chain.slice(0, level + 1);
  const lost = told.filter((role) => channelsOfRole(policy, role).length === 0);
  const roles = `${told.join(', ')}${lost.length === 0 ? '' : `; no channel is configured for ${lost.join(', ')}`}`;
  const isFirst = incident.escalation.toldMs === null;
  const isUp = level > incident.escalation.level;
  const text = isUp ? `now told to ${roles}` : isFirst ? `told to ${roles}` : `told again to ${roles}`;
  const escalation = { level, levelMs, toldMs: nowMs, repeats, isExhausted: false };
  const kind = isUp ? 'escalated' : 'notified';
  return addEntry({ ...incident, escalation }, { atMs: nowMs, actor: by, kind, text });
}
