import { clientIdSchema, gatewayIdSchema, type Principal, satisfies } from '@liquid-lln/protocol';
import type { Authenticator, Login } from '../ports/authenticator.js';
import type { Secrets } from '../ports/secrets.js';
import type { FleetState } from './fleet-state.js';

/** Compared when the user does not exist, so that the answer takes as long. */
const nobodysHash = '0'.repeat(64);

/** Finds who a connection belongs to. Gateways log in with their id, operators with their user name. */
export function createAuthenticator(state: FleetState, secrets: Secrets): Authenticator {
  return {
    authenticate: (login) => {
      const principal = claimedPrincipal(state, login);
      const isRight = secrets.matches(login.password, principal?.secretHash ?? nobodysHash);
      return isRight && principal !== null ? principal.principal : null;
    },
  };
}

function claimedPrincipal(
  state: FleetState,
  { username, clientId }: Login,
): { principal: Principal; secretHash: string } | null {
  const operator = state.operators.get(username);
  if (operator !== undefined) {
    if (!satisfies(clientIdSchema, clientId)) return null;
    return { principal: { role: 'operator', client: clientId }, secretHash: operator.secretHash };
  }
  const gateway = satisfies(gatewayIdSchema, username) ? state.gateways.get(username) : undefined;
  if (gateway === undefined) return null;
  return { principal: { role: 'device', gateway: gateway.gatewayId }, secretHash: gateway.secretHash };
}
