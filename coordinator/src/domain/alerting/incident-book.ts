import {
  type Alert,
  type DeviceId,
  gatewayOf,
  type Incident,
  type IncidentCause,
  type IncidentId,
  incidentIdSchema,
  LlnError,
  parseWith,
  type Role,
  type TimelineEntry,
  timelineMax,
} from '@liquid-lln/protocol';
import { type AlertingChange, countOf } from './alert-book.js';
import { isActive } from './alert-tracker.js';
import type { AlertingState } from './alerting-state.js';
import { alertKey } from './condition.js';
import type { EscalationPolicy } from './policy.js';
import { silenceOf } from './silence.js';

/** What calls for people, found among the alerts. */
export interface Trigger {
  readonly cause: Exclude<IncidentCause, 'operator'>;
  readonly alerts: readonly Alert[];
}

const devicesMax = 1_000;
/** Incidents kept when they are closed. */
const closedKeptMax = 200;
/** The beginning of a timeline that is never cut. */
const timelineHead = 50;
/** Failures of devices beside each other that are several. */
const severalMin = 2;

/** What is wrong now. */
export interface Present {
  /** Keys of alerts whose conditions are seen now, see `alertKey`; others stand until it has been calm for a while. */
  readonly keys: ReadonlySet<string>;
  readonly nowMs: number;
}

/**
 * What the alerts of now call for: a failed rollback, a lost function or damaged data at once; silence when it is several
 * devices', lasts, and is heard now: not on the word of alerts from before the coordinator started. A gateway that is gone
 * takes its boards along: that is one.
 */
export function findTriggers(
  state: Pick<AlertingState, 'alerts' | 'silences'>,
  policy: EscalationPolicy,
  { keys, nowMs }: Present,
): Trigger[] {
  const heard = [...state.alerts.values()].filter(
    (alert) =>
      isActive(alert) && alert.acknowledged === null && silenceOf(alert, state.silences.values(), nowMs) === null,
  );
  const triggers = (['rollback-failed', 'function-broken', 'data-corruption'] as const).map((cause) => ({
    cause,
    alerts: heard.filter(({ rule }) => rule === cause),
  }));
  const silent = heard.filter(
    (alert) =>
      alert.rule === 'unresponsive' &&
      nowMs - alert.raisedMs >= policy.unresponsiveSeconds * 1_000 &&
      keys.has(alertKey(alert)),
  );
  const unresponsive = {
    cause: 'devices-unresponsive' as const,
    alerts: independent(silent) >= severalMin ? silent : [],
  };
  return [...triggers, unresponsive].filter(({ alerts }) => alerts.length > 0);
}

/** How many failures of their own there are: boards of a silent gateway are silent with it. */
function independent(alerts: readonly Alert[]): number {
  const names = new Set(alerts.map(({ subject }) => subject));
  return [...names].filter((name) => !name.includes('.') || !names.has(name.split('.', 1)[0] ?? '')).length;
}

/**
 * Who is told after the on-call engineer: models are the ML team's, one gateway and its boards the hardware team's, what
 * concerns several gateways at once the DevOps team's.
 */
export function chainOf(cause: IncidentCause, devices: readonly DeviceId[]): Role[] {
  const gateways = new Set(devices.map(gatewayOf));
  const local: Role = gateways.size > 1 ? 'devops-team' : 'hardware-team';
  const next: Readonly<Record<IncidentCause, Role>> = {
    'rollback-failed': local,
    'devices-unresponsive': local,
    'data-corruption': local,
    'function-broken': 'ml-team',
    operator: 'devops-team',
  };
  return ['on-call-engineer', next[cause]];
}

const titles: Readonly<Record<IncidentCause, string>> = {
  'rollback-failed': 'a rollback failed',
  'devices-unresponsive': 'several devices are unresponsive',
  'function-broken': 'devices do not serve',
  'data-corruption': 'data is damaged',
  operator: 'opened by an operator',
};

export interface IncidentInit {
  readonly cause: IncidentCause;
  readonly title?: string;
  readonly detail: string;
  readonly alerts: readonly Alert[];
  readonly devices: readonly DeviceId[];
  readonly by: string;
  readonly nowMs: number;
  /** The request that asks for it, if one does. */
  readonly openedFor?: string;
}

/** @param made how many incidents there were before */
export function openIncident(made: number, init: IncidentInit): Incident {
  const { cause, title, detail, alerts, devices, by, nowMs } = init;
  const concerned = [...new Set([...devices, ...alerts.flatMap((alert) => alert.devices)])].slice(0, devicesMax);
  const incident: Incident = {
    incidentId: parseWith(incidentIdSchema, `i-${made + 1}`, 'incident id'),
    cause,
    title: (title ?? titles[cause]).slice(0, 200),
    status: 'open',
    alerts: alerts.map(({ alertId }) => alertId).slice(0, devicesMax),
    devices: concerned,
    chain: chainOf(cause, concerned),
    escalation: { level: 0, levelMs: nowMs, toldMs: null, repeats: 0, isExhausted: false },
    openedMs: nowMs,
    openedBy: by,
    openedFor: init.openedFor ?? null,
    acknowledged: null,
    closed: null,
    emergency: null,
    timeline: [],
  };
  return addEntry(incident, { atMs: nowMs, actor: by, kind: 'opened', text: detail });
}

/** Adds an entry; of a long timeline the middle goes, never the beginning. */
export function addEntry(incident: Incident, entry: TimelineEntry): Incident {
  const grown = [...incident.timeline, { ...entry, text: entry.text.slice(0, 2_000) }];
  const timeline =
    grown.length <= timelineMax
      ? grown
      : [...grown.slice(0, timelineHead), ...grown.slice(grown.length - (timelineMax - timelineHead))];
  return { ...incident, timeline };
}

/** What alerts do to incidents: they open one for each cause, join it, and let it rest when all are over. */
export function takeTriggers(
  state: Pick<AlertingState, 'alerts' | 'incidents' | 'counters'>,
  triggers: readonly Trigger[],
  by: string,
  nowMs: number,
): { readonly opened: readonly Incident[]; readonly changed: readonly Incident[] } {
  const open = [...state.incidents.values()].filter(({ status }) => status !== 'closed');
  let made = countOf(state, 'incident');
  const opened = triggers
    .filter(({ cause }) => !open.some((incident) => incident.cause === cause))
    .map(({ cause, alerts }) => {
      const incident = openIncident(made, { cause, detail: describeAlerts(alerts), alerts, devices: [], by, nowMs });
      made += 1;
      return incident;
    });
  const changed = open.flatMap((incident) => {
    const trigger = triggers.find(({ cause }) => cause === incident.cause);
    const joined = trigger?.alerts.filter(({ alertId }) => !incident.alerts.includes(alertId)) ?? [];
    if (joined.length > 0) return [joinAlerts(incident, joined, by, nowMs)];
    const back = trigger?.alerts ?? [];
    if (incident.status === 'recovered' && back.length > 0) return [reopen(incident, describeAlerts(back), by, nowMs)];
    return isRecovered(incident, state) ? [recover(incident, by, nowMs)] : [];
  });
  return { opened, changed };
}

function joinAlerts(incident: Incident, joined: readonly Alert[], by: string, nowMs: number): Incident {
  const devices = [...new Set([...incident.devices, ...joined.flatMap((alert) => alert.devices)])].slice(0, devicesMax);
  const alerts = [...incident.alerts, ...joined.map(({ alertId }) => alertId)].slice(-devicesMax);
  const grown = addEntry(
    { ...incident, devices, alerts },
    { atMs: nowMs, actor: by, kind: 'joined', text: describeAlerts(joined) },
  );
  return incident.status === 'open' ? grown : again(grown, nowMs);
}

/** More of the same, after somebody said that it was known or over: people are told anew. */
function again(incident: Incident, nowMs: number): Incident {
  const escalation = { level: 0, levelMs: nowMs, toldMs: null, repeats: 0, isExhausted: false };
  return { ...incident, status: 'open', acknowledged: null, escalation };
}

function reopen(incident: Incident, detail: string, by: string, nowMs: number): Incident {
  return again(addEntry(incident, { atMs: nowMs, actor: by, kind: 'joined', text: `it is back: ${detail}` }), nowMs);
}

function isRecovered({ status, alerts }: Incident, state: Pick<AlertingState, 'alerts'>): boolean {
  if (status !== 'open' && status !== 'acknowledged') return false;
  const known = alerts.flatMap((alertId) => state.alerts.get(alertId) ?? []);
  return alerts.length > 0 && known.every((alert) => !isActive(alert));
}

function recover(incident: Incident, by: string, nowMs: number): Incident {
  const entry = { atMs: nowMs, actor: by, kind: 'recovered' as const, text: 'all its alerts have ended' };
  return addEntry({ ...incident, status: 'recovered' }, entry);
}

function describeAlerts(alerts: readonly Alert[]): string {
  return alerts.map(({ rule, subject, detail }) => `${rule} of ${subject}: ${detail}`).join('; ');
}

/** @throws LlnError INCIDENT_UNKNOWN */
export function findIncident({ incidents }: Pick<AlertingState, 'incidents'>, incidentId: IncidentId): Incident {
  const incident = incidents.get(incidentId);
  if (incident === undefined)
    throw new LlnError('INCIDENT_UNKNOWN', `there is no incident ${incidentId}`, { incidentId });
  return incident;
}

/** Incidents that are new or have changed, as records; the oldest closed ones make room. */
export function putIncidents(state: AlertingState, changed: readonly Incident[]): AlertingChange {
  if (changed.length === 0) return { puts: [], drops: [] };
  const made = Math.max(countOf(state, 'incident'), ...changed.map(({ incidentId }) => Number(incidentId.slice(2))));
  const ids = new Set(changed.map(({ incidentId }) => incidentId));
  const closed = [...state.incidents.values()].filter(
    ({ status, incidentId }) => status === 'closed' && !ids.has(incidentId),
  );
  return {
    puts: [
      ...changed.map((value) => ({ of: 'incident' as const, key: value.incidentId, value })),
      ...(made > countOf(state, 'incident') ? [{ of: 'counter' as const, key: 'incident', value: made }] : []),
    ],
    drops: closed
      .slice(0, Math.max(0, closed.length - closedKeptMax))
      .map(({ incidentId }) => ({ of: 'incident' as const, key: incidentId })),
  };
}
