import type { DeviceIsolation } from '@liquid-lln/protocol';
import { decideIsolation, type IsolationRecord, viewIsolation } from '../../domain/isolation.js';
import { type ResolvedTarget, resolveTarget } from '../../domain/target-resolution.js';
import type { FleetChange } from '../../ports/fleet-store.js';
import { viewFleet } from '../views.js';
import type { Handler, OperatorComponents, RequestOf } from './operator-context.js';

type Target = RequestOf<'isolate'>['target'];

/** Isolates or releases devices. The reply comes when that is on disk and published; devices follow. */
export const isolate: Handler<'isolate'> = async (request, { actor }, components) => {
  const { ledger, presence, isolations, clock } = components;
  const { isolated, reason } = request;
  const told = await ledger.change((state) => {
    const target = resolveTarget(request.target, viewFleet(state, presence));
    const nowMs = clock.wallMs();
    const records = decideIsolation(target.devices, state.isolations, { isolated, reason, by: actor, nowMs });
    const puts = records.map((record) => ({ kind: 'put-isolation' as const, record }));
    const entry = records.length === 0 ? [] : [audit(request, target, records, { actor, atMs: nowMs })];
    return { changes: [...puts, ...entry], result: records, isUrgent: isolated };
  });
  await isolations.publish(told);
  return { of: 'isolate', devices: viewTarget(request.target, components) };
};

export const listIsolations: Handler<'isolations'> = async ({ target }, _, components) => ({
  of: 'isolations',
  devices: viewTarget(target, components),
});

function viewTarget(target: Target, { ledger, presence }: OperatorComponents): DeviceIsolation[] {
  const { devices } = resolveTarget(target, viewFleet(ledger.state, presence));
  return devices.map((device) => {
    return { deviceId: device.deviceId, isolation: viewIsolation(device, ledger.state.isolations) };
  });
}

function audit(
  { isolated, reason }: RequestOf<'isolate'>,
  { label }: ResolvedTarget,
  records: readonly IsolationRecord[],
  { actor, atMs }: { readonly actor: string; readonly atMs: number },
): FleetChange {
  const detail = `devices: ${records.map(({ deviceId }) => deviceId).join(', ')}`;
  const action = isolated ? 'isolate' : 'release';
  return { kind: 'add-audit', entry: { atMs, actor, action, subject: label, reason, detail } };
}
