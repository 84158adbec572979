import { type Clock, type DeviceEvent, type Target, toErrorReport } from '@liquid-lln/protocol';
import type { CoordinatorClient } from '../clients/coordinator-client.js';
import {
  eventsSince,
  type Firing,
  firingsOf,
  firingsOfEvents,
  markEvents,
  mergeFirings,
} from '../domain/monitor-firings.js';
import { type MonitorSample, takeSample } from '../domain/monitor-sample.js';

export interface MonitorComponents {
  readonly client: Pick<CoordinatorClient, 'request'>;
  readonly clock: Clock;
}

export interface MonitorInit {
  readonly target: Target;
  readonly durationMs: number;
  readonly intervalMs: number;
  readonly interrupted: AbortSignal;
  readonly onSample: (sample: MonitorSample) => void;
  readonly onTrouble: (message: string) => void;
}

/** What a monitoring saw. */
export interface MonitorReport {
  readonly startedMs: number;
  readonly endedMs: number;
  readonly samples: readonly MonitorSample[];
  /** Looks that the coordinator did not answer. */
  readonly missed: number;
  readonly firings: readonly Firing[];
  readonly wasInterrupted: boolean;
}

/** Devices may report more events than that; the newest are asked for. */
const eventsMax = 1_000;
/** Of the newest ones; an older rollout than these is hardly what somebody watches. */
const rolloutsMax = 3;
/** More alerts than that nobody reads beside the figures. */
const alertsMax = 20;

/**
 * Looks at a target again and again. The first look must succeed; later ones may miss a coordinator that restarts.
 * @throws LlnError what the coordinator answers the first question with
 */
export async function runMonitor({ client, clock }: MonitorComponents, init: MonitorInit): Promise<MonitorReport> {
  const { target, interrupted } = init;
  const marks = markEvents(await recentEvents(client, target));
  const startedMs = clock.wallMs();
  const endMs = clock.monotonicMs() + init.durationMs;
  const samples: MonitorSample[] = [];
  let missed = 0;
  let firings: Firing[] = [];
  while (!interrupted.aborted) {
    const sample = await look({ client, clock }, init, samples.length === 0);
    if (sample === null) missed += 1;
    else {
      samples.push(sample);
      firings = mergeFirings(firings, firingsOf(sample));
      init.onSample(sample);
    }
    const leftMs = endMs - clock.monotonicMs();
    if (leftMs <= 0) break;
    await pause(clock, Math.min(init.intervalMs, leftMs), interrupted);
  }
  const events = eventsSince(await recentEvents(client, target), marks);
  firings = mergeFirings(firings, firingsOfEvents(events));
  return { startedMs, endedMs: clock.wallMs(), samples, missed, firings, wasInterrupted: interrupted.aborted };
}

async function look(
  { client, clock }: MonitorComponents,
  { target, onTrouble }: MonitorInit,
  isFirst: boolean,
): Promise<MonitorSample | null> {
  try {
    const { devices } = await client.request({ kind: 'devices', target });
    const { rollouts } = await client.request({ kind: 'rollouts', limit: rolloutsMax });
    const { alerts } = await client.request({ kind: 'alerts', withEnded: false, limit: alertsMax });
    return takeSample(devices, clock.wallMs(), rollouts, alerts);
  } catch (thrown) {
    if (isFirst) throw thrown;
    onTrouble(toErrorReport(thrown).message);
    return null;
  }
}

async function recentEvents(client: Pick<CoordinatorClient, 'request'>, target: Target): Promise<DeviceEvent[]> {
  return (await client.request({ kind: 'events', target, limit: eventsMax })).events;
}

function pause(clock: Clock, durationMs: number, interrupted: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel();
      interrupted.removeEventListener('abort', end);
      resolve();
    };
    const timer = clock.after(durationMs, end);
    interrupted.addEventListener('abort', end);
    if (interrupted.aborted) end();
  });
}
