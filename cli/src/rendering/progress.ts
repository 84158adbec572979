import type { Clock } from '@liquid-lln/protocol';
import { MultiBar, Presets } from 'cli-progress';
import { type Mark, type Work, workText } from '../domain/pace.js';

/** How something that takes its time is shown: on standard error, so that the result stands alone. */
export interface ProgressView {
  /** How far it is. */
  update(work: Work): void;
  /** Something that happened, to be kept on the screen. */
  log(line: string): void;
  stop(): void;
}

/** The view that suits: nothing with `--json`, a bar on a terminal, plain lines elsewhere. */
export function progressView(
  isJson: boolean,
  note: (text: string) => void,
  clock: Pick<Clock, 'monotonicMs'>,
): ProgressView {
  if (isJson) return { update: () => undefined, log: () => undefined, stop: () => undefined };
  return process.stderr.isTTY === true ? barView(process.stderr, clock) : lineView(note, clock);
}

/** In a log file a bar is noise; so often is enough to see that something moves. */
const linePeriodMs = 30_000;

/** What happened, a line each; and from time to time how far it is, where that has changed. */
export function lineView(note: (text: string) => void, clock: Pick<Clock, 'monotonicMs'>): ProgressView {
  const pace = paceOf(clock);
  let shown: Mark | null = null;
  return {
    update: (work) => {
      const { first, now } = pace(work);
      shown ??= now;
      if (now.done === shown.done || now.atMs - shown.atMs < linePeriodMs) return;
      shown = now;
      note(`  ${work.done}/${work.total} ${workText(work, first, now)}\n`);
    },
    log: (line) => note(`${line}\n`),
    stop: () => undefined,
  };
}

function barView(stream: NodeJS.WritableStream, clock: Pick<Clock, 'monotonicMs'>): ProgressView {
  const bars = new MultiBar(
    { stream, format: '[{bar}] {value}/{total} {text}', barsize: 20, clearOnComplete: true, hideCursor: true },
    Presets.legacy,
  );
  const bar = bars.create(1, 0, { text: '' });
  const pace = paceOf(clock);
  return {
    update: (work) => {
      const { first, now } = pace(work);
      bar.setTotal(Math.max(1, work.total));
      bar.update(work.done, { text: workText(work, first, now) });
    },
    log: (line) => bars.log(`${line}\n`),
    stop: () => {
      // What was logged since the last redraw is still to be written.
      bars.update();
      bars.stop();
    },
  };
}

/** Where work stands, and where it stood when it was first seen; work that is another begins anew. */
function paceOf(clock: Pick<Clock, 'monotonicMs'>): (work: Work) => { readonly first: Mark; readonly now: Mark } {
  let first: Mark | null = null;
  let total = 0;
  return (work) => {
    const now = { done: work.done, atMs: clock.monotonicMs() };
    if (first === null || work.total !== total || now.done < first.done) first = now;
    total = work.total;
    return { first, now };
  };
}
