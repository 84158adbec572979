import { type Clock, type Timer, toErrorReport } from '@liquid-lln/protocol';
import { beatPeriodMs, decideBeat, type EngineVitals } from '../domain/watchdog.js';
import type { Logger } from '../ports/logger.js';
import type { ServiceManager } from '../ports/service-manager.js';

/** An engine that can be asked whether it works. */
export interface ProvableEngine {
  readonly vitals: EngineVitals;
  /** Recomputes something known with every open model. @throws LlnError if a bit of it is wrong */
  prove(): void;
}

export interface WatchdogComponents {
  readonly manager: ServiceManager;
  readonly engine: ProvableEngine;
  readonly clock: Clock;
  readonly logger: Logger;
  /** One line for people who look at the service. */
  readonly describe: () => string;
}

/**
 * Tells the service manager that inference works, as long as it does. When it does not, the manager hears nothing and
 * starts the agent anew, which reverts a trial that was under way.
 * @returns null where nobody waits for it
 */
export function startWatchdog(components: WatchdogComponents): Timer | null {
  const { manager, clock } = components;
  if (manager.watchdogTimeoutMs === null) return null;
  const periodMs = beatPeriodMs(manager.watchdogTimeoutMs);
  return clock.every(periodMs, () => beat(components, periodMs));
}

function beat({ manager, engine, clock, logger, describe }: WatchdogComponents, periodMs: number): void {
  try {
    if (decideBeat(engine.vitals, clock.monotonicMs(), periodMs) === 'prove') engine.prove();
    manager.notify({ WATCHDOG: '1', STATUS: describe() });
  } catch (error) {
    logger.error('the watchdog is not fed', { error: toErrorReport(error) });
  }
}
