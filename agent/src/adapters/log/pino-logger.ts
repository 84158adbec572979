import { type DestinationStream, type Logger as Pino, pino } from 'pino';
import type { LogFacts, Logger } from '../../ports/logger.js';
import { journalStream } from './journal.js';

/** JSON lines on standard output; with the journal's priorities where that is what listens. */
export function createPinoLogger(level: string, bindings: LogFacts, isForJournal = false): Logger {
  const log: Pino = pino({ level, base: { ...bindings } }, streamFor(isForJournal));
  return {
    debug: (message, facts = {}) => log.debug(facts, message),
    info: (message, facts = {}) => log.info(facts, message),
    warn: (message, facts = {}) => log.warn(facts, message),
    error: (message, facts = {}) => log.error(facts, message),
  };
}

function streamFor(isForJournal: boolean): DestinationStream {
  const standardOutput = pino.destination(1);
  return isForJournal ? journalStream((line) => standardOutput.write(line)) : standardOutput;
}
