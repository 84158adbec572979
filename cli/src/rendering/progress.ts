import { MultiBar, Presets } from 'cli-progress';

/** How something that takes its time is shown: on standard error, so that the result stands alone. */
export interface ProgressView {
  /** How far it is. */
  update(done: number, total: number, text: string): void;
  /** Something that happened, to be kept on the screen. */
  log(line: string): void;
  stop(): void;
}

/** The view that suits: nothing with `--json`, a bar on a terminal, plain lines elsewhere. */
export function progressView(isJson: boolean, note: (text: string) => void): ProgressView {
  if (isJson) return { update: () => undefined, log: () => undefined, stop: () => undefined };
  return process.stderr.isTTY === true ? barView(process.stderr) : lineView(note);
}

/** Only what happened: a log file has no use for a bar. */
export function lineView(note: (text: string) => void): ProgressView {
  return { update: () => undefined, log: (line) => note(`${line}\n`), stop: () => undefined };
}

function barView(stream: NodeJS.WritableStream): ProgressView {
  const bars = new MultiBar(
    { stream, format: '[{bar}] {value}/{total} {text}', barsize: 20, clearOnComplete: true, hideCursor: true },
    Presets.legacy,
  );
  const bar = bars.create(1, 0, { text: '' });
  return {
    update: (done, total, text) => {
      bar.setTotal(Math.max(1, total));
      bar.update(done, { text });
    },
    log: (line) => bars.log(`${line}\n`),
    stop: () => {
      // What was logged since the last redraw is still to be written.
      bars.update();
      bars.stop();
    },
  };
}
