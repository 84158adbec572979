import type { DeviceEvent } from '@liquid-lln/protocol';
import { formatBytes, formatNumber, formatPackage } from './units.js';

/** What an event says, in words. */
export function describeEvent(body: DeviceEvent['body']): string {
  switch (body.kind) {
    case 'started':
      return `agent ${body.agentVersion}${body.recovered === '' ? '' : `; ${body.recovered}`}`;
    case 'staged':
      return `${formatPackage(body.package)} in ${body.slot}, ${formatBytes(body.bytesWritten)} written`;
    case 'freed':
      return `${formatPackage(body.package)} from ${body.slot}: ${body.reason}`;
    case 'trial-started':
      return `${formatPackage(body.package)} in ${body.slot}, before: ${formatPackage(body.previous)}`;
    case 'confirmed':
      return `${formatPackage(body.package)} after ${body.evidence} inferences in ${formatNumber(body.soakedSeconds, 's')}`;
    case 'reverted':
      return (
        `${formatPackage(body.package)} to ${formatPackage(body.to)} (${body.cause}): ${body.detail}; ` +
        `served again after ${formatNumber(body.tripToServingMs, 'ms')}`
      );
    case 'drilled':
      return body.isRestored
        ? `${formatPackage(body.package)} was tried and is on standby in ${body.slot} again`
        : `${formatPackage(body.package)} was tried and is lost: ${body.slot} is not as before`;
    case 'refused':
      return `${formatPackage(body.package)}: ${body.code}: ${body.detail}`;
    case 'alert':
      return `${body.breach.metric} ${body.isRaised ? `is ${formatNumber(body.breach.value, body.breach.unit)}` : 'is well again'}`;
    case 'isolated':
    case 'released':
      return `by ${body.by}: ${body.reason}`;
    case 'store-corrupt':
    case 'crash-loop':
    case 'board-changed':
    case 'unit-mixed':
      return body.detail;
    case 'events-lost':
      return `${body.lost} events were lost for want of room`;
  }
}
