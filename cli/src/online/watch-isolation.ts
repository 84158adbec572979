import type { Clock, DeviceIsolation, Target } from '@liquid-lln/protocol';
import type { CoordinatorClient } from '../clients/coordinator-client.js';
import { isAwaited } from '../domain/isolation-text.js';
import { type UntilEnd, type UntilInit, watchUntil } from './watch-until.js';

export interface IsolationWatchComponents {
  readonly client: Pick<CoordinatorClient, 'request'>;
  readonly clock: Clock;
}

/** `first`: the devices that were meant; others that join the target later are not waited for. */
export interface IsolationWatchInit extends Omit<UntilInit<readonly DeviceIsolation[]>, 'ask' | 'isAwaited'> {
  readonly target: Target;
  readonly isolated: boolean;
}

export interface IsolationWatchEnd {
  readonly devices: readonly DeviceIsolation[];
  readonly how: UntilEnd<unknown>['how'];
}

/** Watches devices take up what they were told. */
export async function watchIsolation(
  { client, clock }: IsolationWatchComponents,
  init: IsolationWatchInit,
): Promise<IsolationWatchEnd> {
  const { target, isolated, first } = init;
  const meant = new Set(first.map(({ deviceId }) => deviceId));
  const { view, how } = await watchUntil<readonly DeviceIsolation[]>(clock, {
    ...init,
    ask: async () => {
      const { devices } = await client.request({ kind: 'isolations', target });
      return devices.filter(({ deviceId }) => meant.has(deviceId));
    },
    isAwaited: (devices, isPatient) => devices.some((device) => isAwaited(device, isolated, isPatient)),
  });
  return { devices: view, how };
}
