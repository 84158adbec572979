import { randomBytes } from 'node:crypto';
import { parseWith, requestIdSchema } from '@liquid-lln/protocol';
import { connectMqttLink } from '../adapters/mqtt-link.js';
import { systemClock } from '../adapters/system-clock.js';
import type { ConnectionSettings } from '../domain/connection.js';
import { CoordinatorClient } from './coordinator-client.js';

/**
 * Connects to the coordinator.
 * @param timeoutMs bounds the connection, and each answer.
 * @throws LlnError COORDINATOR_UNREACHABLE, PERMISSION_DENIED
 */
export async function openCoordinator(settings: ConnectionSettings, timeoutMs: number): Promise<CoordinatorClient> {
  const link = await connectMqttLink(settings, timeoutMs);
  const newRequestId = () => parseWith(requestIdSchema, randomBytes(12).toString('hex'), 'request id');
  return new CoordinatorClient(
    { link, clock: systemClock, random: Math.random, newRequestId },
    { fleet: settings.fleet, replyTimeoutMs: timeoutMs },
  );
}
