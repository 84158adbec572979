import { randomBytes } from 'node:crypto';
import { clientIdSchema, LlnError, parseWith, topicRoot } from '@liquid-lln/protocol';
import { connect, type MqttClient } from 'mqtt';
import type { OperatorLink } from '../clients/operator-link.js';
import type { ConnectionSettings } from '../domain/connection.js';

/** MQTT 3.1.1 return codes of a refused connection that are about who asks. */
const credentialCodes: ReadonlySet<unknown> = new Set([4, 5]);
const reconnectMs = 500;

/**
 * Connects an operator to the broker and subscribes to the answers. The first connection must succeed within
 * `timeoutMs`; one that is lost later comes back by itself.
 * @throws LlnError COORDINATOR_UNREACHABLE, PERMISSION_DENIED
 */
export async function connectMqttLink(settings: ConnectionSettings, timeoutMs: number): Promise<OperatorLink> {
  const clientId = parseWith(clientIdSchema, `cli-${randomBytes(8).toString('hex')}`, 'client id');
  const client = connect(settings.brokerUrl, {
    protocolVersion: 4,
    clientId,
    clean: true,
    connectTimeout: timeoutMs,
    reconnectPeriod: reconnectMs,
    ...(settings.username === null ? {} : { username: settings.username }),
    ...(settings.password === null ? {} : { password: settings.password }),
  });
  try {
    await firstConnection(client, settings, timeoutMs);
    await subscribe(client, `${topicRoot(settings.fleet)}/operator/${clientId}`, settings, timeoutMs);
  } catch (thrown) {
    client.on('error', () => undefined);
    client.end(true);
    throw thrown;
  }
  return linkOver(client, clientId);
}

function firstConnection(client: MqttClient, settings: ConnectionSettings, timeoutMs: number): Promise<void> {
  const connected = new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve());
    client.once('error', (error) => reject(connectionError(settings, error)));
  });
  return withDeadline(connected, timeoutMs, () => unreachable(settings, `no connection within ${timeoutMs} ms`));
}

async function subscribe(
  client: MqttClient,
  root: string,
  settings: ConnectionSettings,
  timeoutMs: number,
): Promise<void> {
  const granted = client.subscribeAsync([`${root}/reply/+`, `${root}/progress/+`], { qos: 1 }).catch((cause) => {
    const message = `the broker refuses an operator of fleet "${settings.fleet}" its answers`;
    throw new LlnError('PERMISSION_DENIED', message, { broker: settings.brokerUrl, fleet: settings.fleet }, cause);
  });
  await withDeadline(granted, timeoutMs, () => unreachable(settings, `no subscription within ${timeoutMs} ms`));
}

async function withDeadline<T>(work: Promise<T>, timeoutMs: number, errorOf: () => LlnError): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(errorOf()), timeoutMs);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

function connectionError(settings: ConnectionSettings, error: Error): LlnError {
  const code = 'code' in error ? error.code : undefined;
  if (!credentialCodes.has(code)) return unreachable(settings, String(code ?? error.message), error);
  const message = `the broker at ${settings.brokerUrl} refuses ${describeUser(settings)}: an operator's credentials are needed`;
  return new LlnError('PERMISSION_DENIED', message, { broker: settings.brokerUrl }, error);
}

function describeUser({ username }: ConnectionSettings): string {
  return username === null ? 'a connection without credentials' : `the credentials of "${username}"`;
}

function unreachable({ brokerUrl, origin }: ConnectionSettings, why: string, cause?: unknown): LlnError {
  const message = `cannot reach the coordinator at ${brokerUrl} (address from ${origin}): ${why}`;
  return new LlnError('COORDINATOR_UNREACHABLE', message, { broker: brokerUrl, origin }, cause);
}

function linkOver(client: MqttClient, clientId: OperatorLink['clientId']): OperatorLink {
  // A connection that breaks later is not an error of its own: whoever waits for an answer has a deadline.
  client.on('error', () => undefined);
  return {
    clientId,
    publish: (topic, payload) => void client.publish(topic, Buffer.from(payload), { qos: 1 }),
    onMessage: (listener) => void client.on('message', (topic, payload) => listener(topic, payload)),
    close: () => client.endAsync(true),
  };
}
