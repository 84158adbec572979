import { type Clock, LlnError, type RolloutId, type RolloutReplay } from '@liquid-lln/protocol';
import { reportReplay } from '../../domain/replay/replay-report.js';
import { runRecord } from '../../domain/replay/replay-run.js';
import { runUnder } from '../../domain/replay/replay-under.js';
import { keptRecord } from '../../domain/replay/rollout-record.js';
import type { Handler } from './operator-context.js';
import { findArchived, findRollout } from './rollout-lookup.js';

/** How long the rest of the coordinator waits for a replay at a time. */
const sliceMs = 20;

/** Plans the record of a rollout again. It only reads; it takes its time in slices, one replay after the other. */
export const replay: Handler<'replay'> = async ({ rolloutId, whatIf }, _, components) => {
  const { ledger, store, telemetry, clock, replays } = components;
  if ((await findArchived(rolloutId, components)) !== null) throw notRecorded(rolloutId);
  const rollout = findRollout(ledger.state, rolloutId);
  return replays.queue(async (): Promise<{ of: 'replay'; replay: RolloutReplay }> => {
    const looks = await store.readTrace(rolloutId);
    const kept = keptRecord(rollout, looks, clock.wallMs());
    const record = await inSlices(runRecord(kept), clock);
    const course = record === null ? null : { ...kept, record, whatIf, frames: telemetry.frames() };
    const run = course === null ? null : await inSlices(runUnder(course), clock);
    if (course === null || run === null) throw notRecorded(rolloutId);
    return { of: 'replay', replay: reportReplay(rollout, course, run) };
  });
};

function notRecorded(rolloutId: RolloutId): LlnError {
  return new LlnError('ROLLOUT_NOT_RECORDED', `nothing is kept of rollout ${rolloutId} to replay`, { rolloutId });
}

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
