import { type DeviceId, type GatewayId, LlnError } from '@liquid-lln/protocol';
import { forgetOrder } from '../../domain/report-intake.js';
import type { FleetChange } from '../../ports/fleet-store.js';
import { epochsOf, type FleetState } from '../fleet-state.js';
import type { Handler } from './operator-context.js';

/**
 * Makes a gateway's credentials, or makes them anew: the old ones, and whoever is connected with them, end with the
 * reply. Where they were stolen, the thief may have spoken of numbers and epochs that no honest report ever exceeds; so
 * the order of the gateway's messages begins anew, too.
 */
export const enrol: Handler<'enrol'> = async ({ gatewayId }, { actor }, { ledger, presence, bus, secrets, clock }) => {
  const password = secrets.newSecret();
  const atMs = clock.wallMs();
  const created = await ledger.change((state) => {
    if (state.operators.has(gatewayId)) throw new LlnError('USAGE', `${gatewayId} is the name of an operator`);
    const isNew = !state.gateways.has(gatewayId);
    const gateway = { gatewayId, secretHash: secrets.hash(password), enrolledMs: atMs };
    const detail = isNew ? 'new gateway' : 'new credentials';
    const entry = { atMs, actor, action: 'gateway-enrolled', subject: gatewayId, reason: null, detail };
    return {
      changes: [
        { kind: 'put-gateway', gateway },
        { kind: 'add-audit', entry },
        ...devicesOf(state, gatewayId).flatMap((deviceId) => newBeginning(state, deviceId)),
      ],
      result: isNew,
    };
  });
  bus.endConnections(gatewayId);
  for (const deviceId of devicesOf(ledger.state, gatewayId)) presence.forget(deviceId);
  return { of: 'enrol', gatewayId, username: gatewayId, password, created };
};

/** Makes a person's credentials, or makes them anew, which throws out whoever is connected with the old ones. */
export const enrolOperator: Handler<'enrol-operator'> = async (request, { actor }, { ledger, bus, secrets, clock }) => {
  const { username } = request;
  // The answer would go to a connection that has just been ended.
  if (username === actor) throw new LlnError('USAGE', 'somebody else has to make your credentials anew');
  const password = secrets.newSecret();
  const atMs = clock.wallMs();
  const created = await ledger.change((state) => {
    if (isGateway(state, username)) throw new LlnError('USAGE', `${username} is the name of a gateway`);
    const isNew = !state.operators.has(username);
    const operator = { username, secretHash: secrets.hash(password), role: 'admin' as const, createdMs: atMs };
    const detail = isNew ? 'new operator' : 'new credentials';
    const entry = { atMs, actor, action: 'operator-enrolled', subject: username, reason: null, detail };
    return {
      changes: [
        { kind: 'put-operator', operator },
        { kind: 'add-audit', entry },
      ],
      result: isNew,
    };
  });
  bus.endConnections(username);
  return { of: 'enrol-operator', username, password, created };
};

function isGateway({ gateways }: FleetState, name: string): boolean {
  return [...gateways.keys()].some((gatewayId) => gatewayId === name);
}

function devicesOf(state: FleetState, gatewayId: GatewayId): DeviceId[] {
  return [...state.devices.values()].filter((device) => device.gatewayId === gatewayId).map((each) => each.deviceId);
}

function newBeginning(state: FleetState, deviceId: DeviceId): FleetChange[] {
  const device = state.devices.get(deviceId);
  return [
    ...(device === undefined ? [] : [{ kind: 'put-device' as const, device: forgetOrder(device) }]),
    ...epochsOf(state, deviceId).map((epoch) => ({ kind: 'drop-cursor' as const, deviceId, epoch })),
  ];
}
