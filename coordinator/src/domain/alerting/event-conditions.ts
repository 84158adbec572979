import { type DeviceEvent, type DeviceId, type Environment, gatewayOf } from '@liquid-lln/protocol';
import type { AuditRecord } from '../records.js';
import type { Rollout } from '../rollout.js';
import type { Condition } from './condition.js';

/** Codes of refusals that say that bytes on a device are not what they were. */
const corruptionCodes: ReadonlySet<string> = new Set(['STORE_CORRUPT', 'PACKAGE_DIGEST_MISMATCH']);

/** What a device's event is an alert of, if of anything. Alerts of metrics are seen in its health. */
export function conditionsOfEvent({ deviceId, body }: DeviceEvent, environment: Environment | null): Condition[] {
  const about = { subject: deviceId as string, environment, devices: [deviceId] };
  switch (body.kind) {
    case 'store-corrupt':
      return [{ ...about, rule: 'data-corruption', severity: 'critical', detail: body.detail }];
    case 'crash-loop':
      return [{ ...about, rule: 'function-broken', severity: 'critical', detail: body.detail }];
    case 'unit-mixed':
      return [{ ...about, subject: gatewayOf(deviceId), rule: 'unit-mixed', severity: 'warning', detail: body.detail }];
    case 'refused':
      if (!corruptionCodes.has(body.code)) return [];
      return [{ ...about, rule: 'data-corruption', severity: 'critical', detail: `${body.code}: ${body.detail}` }];
    case 'reverted': {
      if (body.cause === 'instruction' || body.cause === 'drill') return [];
      const subject = `${body.package.name}@${body.package.version}`;
      const detail = `${deviceId} left it: ${body.cause}, ${body.detail}`;
      return [{ ...about, subject, rule: 'quarantine', severity: 'warning', detail }];
    }
    default:
      return [];
  }
}

/** A rollout that halted by itself; one that an operator stopped is no news to anybody. */
export function conditionsOfAudit(entry: AuditRecord, rollout: Rollout | undefined): Condition[] {
  if (entry.action !== 'rollout-halted' || rollout === undefined) return [];
  const environment = rollout.scope.kind === 'environment' ? rollout.scope.environment : null;
  const devices = failedMembers(rollout);
  const about = { environment, devices, detail: entry.detail };
  if (rollout.kind === 'rollback')
    return [{ ...about, rule: 'rollback-failed', subject: rollout.rolloutId, severity: 'critical' }];
  return [{ ...about, rule: 'rollout-halted', subject: rollout.rolloutId, severity: 'warning' }];
}

function failedMembers({ members }: Rollout): DeviceId[] {
  return members.filter(({ failure }) => failure !== null).map(({ deviceId }) => deviceId);
}
