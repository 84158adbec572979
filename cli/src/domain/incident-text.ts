import type { Incident } from '@liquid-lln/protocol';
import type { Table } from './table.js';
import { absent, formatTime } from './units.js';

/** Devices that a cell names. */
const namedMax = 5;

export function incidentTable(incidents: readonly Incident[]): Table {
  return {
    head: ['INCIDENT', 'SINCE', 'WHAT', 'DEVICES', 'STATE', 'TOLD TO'],
    rows: incidents.map((incident) => [
      incident.incidentId,
      formatTime(incident.openedMs),
      incident.title,
      devicesText(incident.devices),
      stateText(incident),
      toldText(incident),
    ]),
  };
}

/** An incident with its timeline, an entry a line. */
export function incidentText(incident: Incident): string {
  const { incidentId, title, cause, devices, timeline } = incident;
  const head = `${incidentId}: ${title} (${cause}), ${stateText(incident)}`;
  const lines = timeline.map(({ atMs, actor, kind, text }) => `  ${formatTime(atMs)}  ${actor}: ${kind}: ${text}`);
  return [head, ...(devices.length === 0 ? [] : [`devices: ${devices.join(', ')}`]), '', ...lines].join('\n');
}

function devicesText(devices: readonly string[]): string {
  if (devices.length === 0) return absent;
  const more = devices.length > namedMax ? ` and ${devices.length - namedMax} more` : '';
  return `${devices.slice(0, namedMax).join(', ')}${more}`;
}

function stateText({ status, acknowledged }: Incident): string {
  return status === 'acknowledged' ? `known to ${acknowledged?.by ?? absent}` : status;
}

function toldText({ chain, escalation }: Incident): string {
  if (escalation.toldMs === null) return absent;
  const roles = chain.slice(0, escalation.level + 1).join(', ');
  return escalation.isExhausted ? `${roles}: nobody answered` : roles;
}
