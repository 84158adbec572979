import { formatDuration } from './duration.js';
import { formatBytes } from './units.js';

/** How far something was at a moment of a clock that does not jump. */
export interface Mark {
  readonly done: number;
  readonly atMs: number;
}

/** Before that too little is known to say when it ends. */
const elapsedMsMin = 2_000;

/**
 * How much longer something takes at the pace that it had since it was first seen, in words: `about 40 s left`. Empty
 * where that is not known: at its beginning, where it does not move, and when it is done.
 */
function remainingText(first: Mark, now: Mark, total: number): string {
  const elapsedMs = now.atMs - first.atMs;
  const gained = now.done - first.done;
  if (elapsedMs < elapsedMsMin || gained <= 0 || now.done >= total) return '';
  return `about ${formatDuration((elapsedMs * (total - now.done)) / gained)} left`;
}

/** Work in a second, or in a minute where that is less than one: `12/s`, `3/min`; empty where it is not known. */
function rateText(first: Mark, now: Mark, format: (amount: number) => string): string {
  const elapsedMs = now.atMs - first.atMs;
  const gained = now.done - first.done;
  if (elapsedMs < elapsedMsMin || gained <= 0) return '';
  const perSecond = (gained * 1_000) / elapsedMs;
  return perSecond >= 1 ? `${format(perSecond)}/s` : `${format(perSecond * 60)}/min`;
}

/** Something that takes its time. */
export interface Work {
  readonly done: number;
  readonly total: number;
  /** What is counted, and what is waited for. */
  readonly text: string;
  /** What a second brings, of `done`, in words; null where the rate says nothing to people. */
  readonly rate: ((amount: number) => string) | null;
}

/** What stands beside the figures of a piece of work: its text, its rate and the time that it may still take. */
export function workText({ text, total, rate }: Work, first: Mark, now: Mark): string {
  const pace = rate === null ? '' : rateText(first, now, rate);
  return [text, pace, remainingText(first, now, total)].filter((part) => part !== '').join(', ');
}

/** A file on its way to the coordinator, counted in bytes. */
export function uploadWork(haveBytes: number, sizeBytes: number, name: string): Work {
  return { done: haveBytes, total: sizeBytes, text: `bytes of ${name}`, rate: formatBytes };
}
