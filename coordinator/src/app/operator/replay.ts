import { type Clock, LlnError, type RolloutId, type RolloutReplay } from '@liquid-lln/protocol';
import { reportReplay } from '../../domain/replay/replay-report.js';
import { runRecord } from '../../domain/replay/replay-run.js';
import { runUnder } from '../../domain/replay/replay-under.js';
import { keptRecord } from '../../domain/replay/rollout-record.js';
import type { Rollout } from '../../domain/rollout.js';
import type { Handler, OperatorComponents, RequestOf } from './operator-context.js';
import { findArchived, findRollout } from './rollout-lookup.js';

/** How long the rest of the coordinator waits for a replay at a time. */
const sliceMs = 20;
/** Who asked hears so often that it goes on, and need not know how long it takes. */
const tellMs = 1_000;
/** A record of 10,000 devices takes minutes; what takes longer keeps others from theirs. */
const replayMsMax = 15 * 60_000;

/** How far a replay is; `total` is 0 until it begins. */
interface Advance {
  done: number;
  total: number;
}

/**
 * Plans the record of a rollout again. It only reads; it takes its time in slices, one replay after the other, and tells
 * who asked how far it is.
 */
export const replay: Handler<'replay'> = async (request, caller, components) => {
  const { rolloutId } = request;
  const { ledger, clock, progress, replays } = components;
  if ((await findArchived(rolloutId, components)) !== null) throw notRecorded(rolloutId);
  const rollout = findRollout(ledger.state, rolloutId);
  const advance: Advance = { done: 0, total: 0 };
  const telling = clock.every(tellMs, () => progress.tell(caller, { kind: 'replay', ...advance }));
  try {
    return { of: 'replay', replay: await replays.queue(() => planAgain(rollout, request, components, advance)) };
  } finally {
    telling.cancel();
  }
};

/** Twice: as it was, and under other limits. */
async function planAgain(
  rollout: Rollout,
  { rolloutId, whatIf }: RequestOf<'replay'>,
  { store, telemetry, clock }: OperatorComponents,
  advance: Advance,
): Promise<RolloutReplay> {
  const endMs = clock.monotonicMs() + replayMsMax;
  const looks = await store.readTrace(rolloutId);
  advance.total = 2 * looks.length;
  const kept = keptRecord(rollout, looks, clock.wallMs());
  const run = <T>(steps: Generator<number, T>, before: number): Promise<T> =>
    inSlices(steps, clock, (looked) => {
      if (clock.monotonicMs() > endMs)
        throw new LlnError('TIMED_OUT', `the record of rollout ${rolloutId} is too large to be planned again`);
      advance.done = Math.min(before + looked, advance.total);
    });
  const record = await run(runRecord(kept), 0);
  const course = record === null ? null : { ...kept, record, whatIf, frames: telemetry.frames() };
  const under = course === null ? null : await run(runUnder(course), looks.length);
  if (course === null || under === null) throw notRecorded(rolloutId);
  return reportReplay(rollout, course, under);
}

function notRecorded(rolloutId: RolloutId): LlnError {
  return new LlnError('ROLLOUT_NOT_RECORDED', `nothing is kept of rollout ${rolloutId} to replay`, { rolloutId });
}

/** @param onSlice with what the last step of each slice yielded; what it throws ends the work */
async function inSlices<T>(steps: Generator<number, T>, clock: Clock, onSlice: (yielded: number) => void): Promise<T> {
  let sliceEndMs = clock.monotonicMs() + sliceMs;
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (clock.monotonicMs() < sliceEndMs) continue;
    onSlice(step.value);
    await new Promise<void>((resolve) => {
      clock.after(0, resolve);
    });
    sliceEndMs = clock.monotonicMs() + sliceMs;
  }
}
