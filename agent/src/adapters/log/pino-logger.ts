import { type Logger as Pino, pino } from 'pino';
import type { LogFacts, Logger } from '../../ports/logger.js';

/** JSON lines on standard output. */
export function createPinoLogger(level: string, bindings: LogFacts): Logger {
  const log: Pino = pino({ level, base: { ...bindings } });
  return {
    debug: (message, facts = {}) => log.debug(facts, message),
    info: (message, facts = {}) => log.info(facts, message),
    warn: (message, facts = {}) => log.warn(facts, message),
    error: (message, facts = {}) => log.error(facts, message),
  };
}
