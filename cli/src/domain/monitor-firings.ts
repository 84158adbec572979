import type { DeviceEvent } from '@liquid-lln/protocol';
import type { DeviceSample, MonitorSample } from './monitor-sample.js';
import type { Table } from './table.js';
import { absent, formatNumber, formatTime } from './units.js';

/** Something that went beyond a limit while somebody watched. */
export interface Firing {
  readonly deviceId: string;
  /** A metric of the policy, or the kind of an event. */
  readonly what: string;
  readonly level: 'alert' | 'rollback';
  readonly detail: string;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** What fires in one sample. A device that is away cannot say that it is well. */
export function firingsOf({ atMs, devices }: MonitorSample): Firing[] {
  return devices.flatMap((device) => [...breachesOf(device, atMs), ...absenceOf(device, atMs)]);
}

function breachesOf({ deviceId, breaches }: DeviceSample, atMs: number): Firing[] {
  return breaches.map(({ metric, level, value, limit, unit }) => {
    const detail = `${formatNumber(value, unit)}, limit ${formatNumber(limit, unit)}`;
    return { deviceId, what: metric, level, detail, firstMs: atMs, lastMs: atMs };
  });
}

function absenceOf({ deviceId, online, faults }: DeviceSample, atMs: number): Firing[] {
  if (online) return [];
  const detail = faults.length === 0 ? 'offline' : faults.join('; ');
  return [{ deviceId, what: 'liveness', level: 'alert', detail, firstMs: atMs, lastMs: atMs }];
}

/** What devices told of themselves: short breaches that no sample met, and reverts. */
export function firingsOfEvents(events: readonly DeviceEvent[]): Firing[] {
  return events.flatMap(({ deviceId, atMs, body }) => {
    const at = { deviceId, firstMs: atMs, lastMs: atMs };
    switch (body.kind) {
      case 'alert':
        if (!body.isRaised) return [];
        return breachesOfEvent(at, body.breach);
      case 'reverted':
        if (body.cause === 'drill') return [];
        return [{ ...at, what: 'reverted', level: 'rollback' as const, detail: `${body.cause}: ${body.detail}` }];
      case 'store-corrupt':
      case 'crash-loop':
        return [{ ...at, what: body.kind, level: 'alert' as const, detail: body.detail }];
      default:
        return [];
    }
  });
}

type AlertBody = Extract<DeviceEvent['body'], { kind: 'alert' }>;

function breachesOfEvent(
  at: Pick<Firing, 'deviceId' | 'firstMs' | 'lastMs'>,
  { metric, level, value, limit, unit }: AlertBody['breach'],
): Firing[] {
  return [{ ...at, what: metric, level, detail: `${formatNumber(value, unit)}, limit ${formatNumber(limit, unit)}` }];
}

/** Adds firings to those known: one entry for a device, metric and level, with its span and its latest figures. */
export function mergeFirings(known: readonly Firing[], more: readonly Firing[]): Firing[] {
  const byKey = new Map(known.map((firing) => [keyOf(firing), firing]));
  for (const firing of more) {
    const before = byKey.get(keyOf(firing));
    byKey.set(keyOf(firing), {
      ...firing,
      firstMs: Math.min(firing.firstMs, before?.firstMs ?? firing.firstMs),
      lastMs: Math.max(firing.lastMs, before?.lastMs ?? firing.lastMs),
    });
  }
  return [...byKey.values()];
}

function keyOf({ deviceId, what, level }: Firing): string {
  return `${deviceId}/${what}/${level}`;
}

/** How far the events of each device and epoch were known. */
export type EventMarks = ReadonlyMap<string, number>;

export function markEvents(events: readonly DeviceEvent[]): EventMarks {
  const marks = new Map<string, number>();
  for (const { deviceId, epoch, sequence } of events) {
    const key = `${deviceId}/${epoch}`;
    marks.set(key, Math.max(sequence, marks.get(key) ?? 0));
  }
  return marks;
}

/** The events that came after the marks; by the devices' own numbers, since their clocks may be wrong. */
export function eventsSince(events: readonly DeviceEvent[], marks: EventMarks): DeviceEvent[] {
  return events.filter(({ deviceId, epoch, sequence }) => sequence > (marks.get(`${deviceId}/${epoch}`) ?? 0));
}

export function firingTable(firings: readonly Firing[]): Table {
  return {
    head: ['DEVICE', 'FIRED', 'LEVEL', 'FIGURES', 'FIRST', 'LAST'],
    rows: firings.map(({ deviceId, what, level, detail, firstMs, lastMs }) => [
      deviceId,
      what,
      level,
      detail === '' ? absent : detail,
      formatTime(firstMs),
      formatTime(lastMs),
    ]),
  };
}
