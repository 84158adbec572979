import { LlnError } from '@liquid-lln/protocol';
import type { Handler } from './operator-context.js';

/** Makes a gateway's credentials, or makes them anew: the old ones end with the reply. */
export const enrol: Handler<'enrol'> = async ({ gatewayId }, { actor }, { ledger, secrets, clock }) => {
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
      ],
      result: isNew,
    };
  });
  return { of: 'enrol', gatewayId, username: gatewayId, password, created };
};
