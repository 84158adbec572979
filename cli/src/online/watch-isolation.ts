import type { Clock, DeviceIsolation, Target } from '@liquid-lln/protocol';
import type { CoordinatorClient } from '../clients/coordinator-client.js';
import { MessageQueue } from '../clients/message-queue.js';
import { isAwaited } from '../domain/isolation-text.js';
import { pollInto } from './poll.js';

export interface IsolationWatchComponents {
  readonly client: Pick<CoordinatorClient, 'request'>;
  readonly clock: Clock;
}

export interface IsolationWatchInit {
  readonly target: Target;
  readonly isolated: boolean;
  /** The devices that were meant; others that join the target later are not waited for. */
  readonly first: readonly DeviceIsolation[];
  readonly timeoutMs: number;
  readonly interrupted: AbortSignal;
  readonly onChange: (devices: readonly DeviceIsolation[]) => void;
  /** Is told, once, when the coordinator does not answer for a while. */
  readonly onTrouble: (message: string) => void;
}

export interface IsolationWatchEnd {
  readonly devices: readonly DeviceIsolation[];
  /** `settled`: nothing is waited for any more; of devices that are away it is not in force. */
  readonly how: 'settled' | 'timed-out' | 'interrupted';
}

const pollMs = 500;
/** How long a device that is away is waited for: it may be about to connect to a coordinator that has just started. */
const patienceMs = 5_000;

/** Watches devices take up what they were told. */
export async function watchIsolation(
  { client, clock }: IsolationWatchComponents,
  init: IsolationWatchInit,
): Promise<IsolationWatchEnd> {
  const { target, interrupted, onTrouble } = init;
  const views = new MessageQueue<readonly DeviceIsolation[]>();
  const ask = async () => (await client.request({ kind: 'isolations', target })).devices;
  const polling = pollInto(views, { ask, periodMs: pollMs, clock, onTrouble });
  const end = (): void => views.end();
  const deadline = clock.after(init.timeoutMs, end);
  interrupted.addEventListener('abort', end);
  if (interrupted.aborted) end();
  try {
    const { devices, isSettled } = await follow(init, views, clock);
    return { devices, how: isSettled ? 'settled' : interrupted.aborted ? 'interrupted' : 'timed-out' };
  } finally {
    polling.cancel();
    deadline.cancel();
    interrupted.removeEventListener('abort', end);
  }
}

async function follow(
  { first, isolated, onChange }: IsolationWatchInit,
  views: MessageQueue<readonly DeviceIsolation[]>,
  clock: Clock,
): Promise<{ readonly devices: readonly DeviceIsolation[]; readonly isSettled: boolean }> {
  const startMs = clock.monotonicMs();
  const meant = new Set(first.map(({ deviceId }) => deviceId));
  let devices = first;
  const look = (view: readonly DeviceIsolation[]): boolean => {
    devices = view.filter(({ deviceId }) => meant.has(deviceId));
    onChange(devices);
    const isPatient = clock.monotonicMs() - startMs < patienceMs;
    return !devices.some((device) => isAwaited(device, isolated, isPatient));
  };
  if (look(first)) return { devices, isSettled: true };
  for await (const view of views) {
    if (look(view)) return { devices, isSettled: true };
  }
  return { devices, isSettled: false };
}
