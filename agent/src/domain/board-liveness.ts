/** A board is taken out of service after this long without an answer. */
export const boardSilenceMsMax = 4_000;

/** Waits before the first and each further attempt to reset a board that is silent; after the last it is only asked. */
const resetWaitsMs = [0, 30_000, 120_000] as const;

/** What is known of a board's presence. */
export interface BoardLiveness {
  readonly isReachable: boolean;
  /** When it answered last, or was first asked. */
  readonly heardMs: number;
  /** When it was taken out of service; null while it serves or has not been heard of yet. */
  readonly lostMs: number | null;
  readonly resetsTried: number;
}

export interface LivenessChange {
  readonly liveness: BoardLiveness;
  /** `lost`: out of service from now on; `back`: it answers again, or for the first time. */
  readonly news: 'lost' | 'back' | null;
  /** Whether to try a reset through the line. */
  readonly wantsReset: boolean;
}

/** Nothing is known of a board before it has answered. */
export function unheardBoard(nowMs: number): BoardLiveness {
  return { isReachable: false, heardMs: nowMs, lostMs: null, resetsTried: 0 };
}

/** What an answer, or the want of one, makes of it. */
export function noteBoard(before: BoardLiveness, isAnswering: boolean, nowMs: number): LivenessChange {
  if (isAnswering) {
    const liveness = { isReachable: true, heardMs: nowMs, lostMs: null, resetsTried: 0 };
    return { liveness, news: before.isReachable ? null : 'back', wantsReset: false };
  }
  if (nowMs - before.heardMs <= boardSilenceMsMax) return { liveness: before, news: null, wantsReset: false };
  const lostMs = before.lostMs ?? nowMs;
  const waitMs = resetWaitsMs[before.resetsTried];
  const wantsReset = waitMs !== undefined && nowMs - lostMs >= waitMs;
  const resetsTried = before.resetsTried + (wantsReset ? 1 : 0);
  const liveness = { ...before, isReachable: false, lostMs, resetsTried };
  return { liveness, news: before.lostMs === null ? 'lost' : null, wantsReset };
}

/** The reset causes that are the firmware's or the network's own doing; power cuts and wanted resets are none. */
const crashCauses: ReadonlySet<string> = new Set(['watchdog', 'fault', 'flash-fault']);

/** Whether a board has crashed since it was looked at before. */
export function hasCrashed(
  before: { readonly boots: number } | null,
  now: { readonly boots: number; readonly resetCause: string },
): boolean {
  return before !== null && now.boots > before.boots && crashCauses.has(now.resetCause);
}
