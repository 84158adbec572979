import { toErrorReport } from '@liquid-lln/protocol';
import type { Logger } from '../../ports/logger.js';
import { noServiceManager, type ServiceManager } from '../../ports/service-manager.js';
import { openDatagramSender } from './datagram.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * systemd, as a service of `Type=notify` sees it: assignments, a line each, in one datagram to `$NOTIFY_SOCKET`
 * (sd_notify(3)). Without that variable nobody listens.
 * @throws Error if the variable names no address of a socket
 */
export function connectServiceManager(environment: Environment, pid: number, logger: Logger): ServiceManager {
  const path = environment['NOTIFY_SOCKET'];
  if (path === undefined || path === '') return noServiceManager;
  const send = openDatagramSender(path);
  return {
    watchdogTimeoutMs: watchdogTimeoutMs(environment, pid),
    notify: (state) => {
      const lines = Object.entries(state).map(([name, value]) => `${name}=${value.replaceAll('\n', ' ')}`);
      try {
        send(Buffer.from(lines.join('\n')));
      } catch (error) {
        logger.warn('the service manager was not told', { error: toErrorReport(error) });
      }
    },
  };
}

/** `$WATCHDOG_USEC`, unless `$WATCHDOG_PID` says that it is meant for another process. */
function watchdogTimeoutMs({ WATCHDOG_USEC, WATCHDOG_PID }: Environment, pid: number): number | null {
  if (WATCHDOG_PID !== undefined && Number(WATCHDOG_PID) !== pid) return null;
  const microseconds = Number(WATCHDOG_USEC ?? 0);
  return Number.isFinite(microseconds) && microseconds > 0 ? microseconds / 1_000 : null;
}
