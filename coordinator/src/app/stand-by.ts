import { type Clock, LlnError, toErrorReport } from '@liquid-lln/protocol';
import { isLeaseOver, type LeaseWatch, watchLease } from '../domain/lease.js';
import type { HeldLock, LeaderLock } from '../ports/leader-lock.js';
import type { Logger } from '../ports/logger.js';

export interface StandByComponents {
  readonly lock: LeaderLock;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Between two looks at the leader. */
const lookMs = 500;

/**
 * Waits until this coordinator leads: until the leading one has ended, or has given no sign of life for a lease. Then it
 * is stopped, or hangs; it is ended first, so that it neither keeps the port nor wakes up as a second leader.
 */
export async function standBy({ lock, clock, logger }: StandByComponents): Promise<HeldLock> {
  let watch: LeaseWatch | null = null;
  for (;;) {
    const taken = await lock.tryTake();
    if ('held' in taken) return taken.held;
    const { foreign } = taken;
    const nowMs = clock.monotonicMs();
    if (watch === null) logger.info({ leader: foreign.pid }, 'another coordinator leads: standing by');
    watch = watchLease(watch, `${foreign.pid} ${foreign.sign}`, nowMs);
    if (isLeaseOver(watch, nowMs)) {
      logger.warn({ leader: foreign.pid }, 'the lease of the leading coordinator is over: taking over');
      await foreign.end().catch((thrown: unknown) => {
        logger.error({ leader: foreign.pid, why: toErrorReport(thrown).message }, 'the leader cannot be ended');
        watch = null;
      });
    } else {
      await new Promise<void>((resolve) => clock.after(lookMs, resolve));
    }
  }
}

/** Refuses to wait. @throws LlnError CONFIG_INVALID if another coordinator leads */
export async function leadAtOnce(lock: LeaderLock, dataDir: string): Promise<HeldLock> {
  const taken = await lock.tryTake();
  if ('held' in taken) return taken.held;
  const { pid } = taken.foreign;
  throw new LlnError(
    'CONFIG_INVALID',
    `another coordinator (process ${pid}) works on ${dataDir}; with --standby this one would wait for its end`,
    { dataDir, pid },
  );
}
