import { type Clock, type LogLine, limits } from '@liquid-lln/protocol';
import type { LogFacts, Logger } from '../ports/logger.js';

/** Passes log lines on and keeps the last ones for `logs`. */
export class LogRing implements Logger {
  readonly #delegate: Logger;
  readonly #clock: Pick<Clock, 'wallMs'>;
  readonly #lines: LogLine[] = [];
  #follower: ((line: LogLine) => void) | null = null;
  #isDetailed: () => boolean = () => false;

  constructor(components: { readonly delegate: Logger; readonly clock: Pick<Clock, 'wallMs'> }) {
    this.#delegate = components.delegate;
    this.#clock = components.clock;
  }

  /** As long as that holds, lines for finding faults are kept, and passed on whatever the log's level is. */
  detailWhile(isDetailed: () => boolean): void {
    this.#isDetailed = isDetailed;
  }

  debug(message: string, facts: LogFacts = {}): void {
    if (this.#isDetailed()) {
      this.#delegate.info(message, facts);
      this.#keep('debug', message, facts);
    } else this.#delegate.debug(message, facts);
  }

  info(message: string, facts: LogFacts = {}): void {
    this.#delegate.info(message, facts);
    this.#keep('info', message, facts);
  }

  warn(message: string, facts: LogFacts = {}): void {
    this.#delegate.warn(message, facts);
    this.#keep('warn', message, facts);
  }

  error(message: string, facts: LogFacts = {}): void {
    this.#delegate.error(message, facts);
    this.#keep('error', message, facts);
  }

  /** The last `count` lines, oldest first. */
  tail(count: number): LogLine[] {
    return count === 0 ? [] : this.#lines.slice(-count);
  }

  /** Who gets lines as they come; null for nobody. */
  follow(follower: ((line: LogLine) => void) | null): void {
    this.#follower = follower;
  }

  #keep(level: LogLine['level'], message: string, facts: LogFacts): void {
    const text = Object.keys(facts).length === 0 ? message : `${message} ${JSON.stringify(facts)}`;
    const line: LogLine = { atMs: this.#clock.wallMs(), level, message: text.slice(0, 2_000) };
    this.#lines.push(line);
    if (this.#lines.length > limits.logLinesMax) this.#lines.shift();
    this.#follower?.(line);
  }
}
