import { type Clock, LlnError, type RolloutReplay } from '@liquid-lln/protocol';
import { reportReplay } from '../../domain/replay/replay-report.js';
import { runRecord } from '../../domain/replay/replay-run.js';
import { runUnder } from '../../domain/replay/replay-under.js';
import { keptRecord } from '../../domain/replay/rollout-record.js';
import type { Handler } from './operator-context.js';
import { findRollout } from './rollout-lookup.js';

/** How long the rest of the coordinator waits for a replay at a time. */
const sliceMs = 20;

/** Plans the record of a rollout again. It only reads; it takes its time in slices, one replay after the other. */
export const replay: Handler<'replay'> = async (
  { rolloutId, whatIf },
  _,
  { ledger, store, telemetry, clock, replays },
) => {
  const rollout = findRollout(ledger.state, rolloutId);
  return replays.queue(async (): Promise<{ of: 'replay'; replay: RolloutReplay }> => {
    const looks = await store.readTrace(rolloutId);
    const kept = keptRecord(rollout, looks, clock.wallMs());
    const record = await inSlices(runRecord(kept), clock);
    const course = record === null ? null : { ...kept, record, whatIf, frames: telemetry.frames() };
    const run = course === null ? null : await inSlices(runUnder(course), clock);
    if (course === null || run === null)
      throw new LlnError('ROLLOUT_NOT_RECORDED', `nothing is kept of rollout ${rolloutId} to replay`, { rolloutId });
    return { of: 'replay', replay: reportReplay(rollout, course, run) };
  });
};

async function inSlices<T>(steps: Generator<void, T>, clock: Clock): Promise<T> {
  let sliceEndMs = clock.monotonicMs() + sliceMs;
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (clock.monotonicMs() < sliceEndMs) continue;
    await new Promise<void>((resolve) => {
      clock.after(0, resolve);
    });
    sliceEndMs = clock.monotonicMs() + sliceMs;
  }
}
