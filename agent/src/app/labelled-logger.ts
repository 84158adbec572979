import type { LogFacts, Logger } from '../ports/logger.js';

/** A logger that says with every line whose it is. */
export function labelled(logger: Logger, label: LogFacts): Logger {
  return {
    debug: (message, facts) => logger.debug(message, { ...label, ...facts }),
    info: (message, facts) => logger.info(message, { ...label, ...facts }),
    warn: (message, facts) => logger.warn(message, { ...label, ...facts }),
    error: (message, facts) => logger.error(message, { ...label, ...facts }),
  };
}
