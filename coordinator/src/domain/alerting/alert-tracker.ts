import { type Alert, alertCalmMs, alertIdSchema, alertRaiseMs, parseWith } from '@liquid-lln/protocol';
import { alertKey, type Condition } from './condition.js';

/** What is about to become an alert, or to stop being one, by alert key; moments of a monotonic clock. */
export interface AlertWatch {
  readonly pendingMs: ReadonlyMap<string, number>;
  readonly calmMs: ReadonlyMap<string, number>;
}

export const emptyWatch: AlertWatch = { pendingMs: new Map(), calmMs: new Map() };

/** The fleet at one moment. */
export interface AlertSighting {
  readonly conditions: readonly Condition[];
  /** Alerts whose ground is gone but whose figure is still near its limit. */
  readonly isLingering: (alert: Alert) => boolean;
  /** Alerts of which nothing can be said now, such as the latency of a device that is away. */
  readonly isUnknown: (alert: Alert) => boolean;
  /** Alerts of events that later ones have made meaningless. */
  readonly isOvertaken: (alert: Alert) => boolean;
}

export interface AlertTime {
  /** Of the wall clock: what people read. */
  readonly wallMs: number;
  /** Of the monotonic clock: what durations are taken from. */
  readonly monotonicMs: number;
}

/** A raised alert that nobody acknowledges is over after that time if it is of an event. */
const eventAlertMs = 24 * 3600 * 1000;
/** What comes back within that time is the same alert again. */
const sameAgainMs = 30 * 60 * 1000;
/** Each time that an alert comes back it must be gone twice as long before it is over, up to so many doublings. */
const calmDoublingsMax = 5;

export interface TrackedAlerts {
  readonly watch: AlertWatch;
  /** New ones, and those that have changed, as they are now. */
  readonly changed: readonly Alert[];
}

/**
 * What a sighting changes. A condition must last to raise an alert and must be gone for a while to end it; one rule of
 * one subject has one alert, however often it is found.
 * @param made how many alerts have been made: the number of the next one follows it
 */
export function trackAlerts(
  watch: AlertWatch,
  alerts: Iterable<Alert>,
  sighting: AlertSighting,
  time: AlertTime,
  made: number,
): TrackedAlerts {
  const known = [...alerts];
  const active = new Map(known.filter(isActive).map((alert) => [alertKey(alert), alert]));
  const found = new Map(sighting.conditions.map((condition) => [alertKey(condition), condition]));
  const standing = [...active.values()].map((alert) =>
    followAlert(alert, found.get(alertKey(alert)), watch.calmMs.get(alertKey(alert)), sighting, time),
  );
  const fresh = [...found].filter(([key]) => !active.has(key));
  const lasting = fresh.filter(([key, { raiseMs }]) => {
    return time.monotonicMs - (watch.pendingMs.get(key) ?? time.monotonicMs) >= (raiseMs ?? alertRaiseMs);
  });
  const raised = raiseAlerts(
    lasting.map(([, condition]) => condition),
    known,
    'state',
    time.wallMs,
    made,
  );
  const isRaised = new Set(lasting.map(([key]) => key));
  const pending = fresh.filter(([key]) => !isRaised.has(key));
  return {
    watch: {
      pendingMs: new Map(pending.map(([key]) => [key, watch.pendingMs.get(key) ?? time.monotonicMs])),
      calmMs: new Map(standing.flatMap(({ key, calmMs }) => (calmMs === null ? [] : [[key, calmMs]]))),
    },
    changed: [...standing.flatMap(({ changed }) => changed), ...raised],
  };
}

/** Whether an alert has not ended. */
export function isActive(alert: Alert): boolean {
  return alert.endedMs === null;
}

/**
 * The alerts that conditions make: those that ended lately again, others new, and those of events that are raised already
 * with the devices that have joined them; without change none.
 */
export function raiseAlerts(
  conditions: readonly Condition[],
  known: readonly Alert[],
  of: Alert['of'],
  wallMs: number,
  made: number,
): Alert[] {
  const latest = new Map(known.map((alert) => [alertKey(alert), alert]));
  let number = made;
  return conditions.flatMap((condition) => {
    const before = latest.get(alertKey(condition));
    if (before !== undefined && isActive(before)) return joinDevices(before, condition);
    if (before?.endedMs != null && wallMs - before.endedMs < sameAgainMs)
      return [{ ...before, ...factsOf(condition), of, endedMs: null, repeats: before.repeats + 1 }];
    number += 1;
    const alertId = parseWith(alertIdSchema, `a-${number}`, 'alert id');
    const facts = factsOf(condition);
    return [{ alertId, ...facts, of, raisedMs: wallMs, endedMs: null, repeats: 0, acknowledged: null }];
  });
}

interface Followed {
  readonly key: string;
  readonly calmMs: number | null;
  readonly changed: readonly Alert[];
}

function followAlert(
  alert: Alert,
  condition: Condition | undefined,
  calmSinceMs: number | undefined,
  sighting: AlertSighting,
  time: AlertTime,
): Followed {
  const key = alertKey(alert);
  const stay = (changed: readonly Alert[] = []) => ({ key, calmMs: null, changed });
  if (condition !== undefined) {
    const isWorse = alert.severity === 'warning' && condition.severity === 'critical';
    if (!isWorse && alert.of === 'state') return stay();
    return stay([{ ...alert, ...(isWorse ? factsOf(condition) : {}), of: 'state' }]);
  }
  const ended = { ...alert, endedMs: time.wallMs };
  if (alert.of === 'event') {
    const isOld = time.wallMs - alert.raisedMs >= eventAlertMs;
    return stay(alert.acknowledged !== null || isOld || sighting.isOvertaken(alert) ? [ended] : []);
  }
  if (sighting.isUnknown(alert) || sighting.isLingering(alert)) return stay();
  const calmMs = calmSinceMs ?? time.monotonicMs;
  const calmEnoughMs = alertCalmMs * 2 ** Math.min(alert.repeats, calmDoublingsMax);
  return time.monotonicMs - calmMs >= calmEnoughMs ? stay([ended]) : { key, calmMs, changed: [] };
}

function joinDevices(alert: Alert, { devices }: Condition): Alert[] {
  const joined = devices.filter((device) => !alert.devices.includes(device));
  return joined.length === 0 ? [] : [{ ...alert, devices: [...alert.devices, ...joined].slice(0, devicesNamedMax) }];
}

/** Devices that an alert names. */
const devicesNamedMax = 1_000;

function factsOf(
  condition: Condition,
): Pick<Alert, 'rule' | 'subject' | 'severity' | 'environment' | 'devices' | 'detail'> {
  const { rule, subject, severity, environment, devices, detail } = condition;
  return {
    rule,
    subject,
    severity,
    environment,
    devices: devices.slice(0, devicesNamedMax),
    detail: detail.slice(0, 500),
  };
}
