import { type Clock, isLlnError, LlnError } from '@liquid-lln/protocol';
import * as v from 'valibot';
import type { Patience } from '../domain/attempts.js';
import { commands } from '../domain/commands.js';
import { healthSchema } from '../domain/health.js';
import { ask } from './ask.js';
import { delay } from './delay.js';
import type { Session } from './session.js';

const backTimeoutMs = 60_000;
const lookEveryMs = 100;
/** A board that has answered restarts at once; one that goes on for so long has not heard the command. */
const unheardAfterMs = 3_000;
const lookPatience: Patience = { timeoutMs: 2_000, attemptMs: 500, attemptsMax: 1 };
const restartPatience: Patience = { timeoutMs: 10_000, attemptMs: 1_000, attemptsMax: 1 };

/**
 * Restarts a board and waits until it answers again. The command is sent once more only to a board that has not
 * restarted: a second restart would end the trial that the first one began.
 * @throws LlnError BOARD_UNREACHABLE
 */
export async function restartBoard(session: Session, clock: Clock): Promise<void> {
  const { boots } = await ask(session, commands.health, {}, healthSchema);
  const endMs = clock.monotonicMs() + backTimeoutMs;
  while (clock.monotonicMs() < endMs) {
    await sendRestart(session);
    if (await hasRestarted(session, clock, boots, endMs)) return;
  }
  throw new LlnError('BOARD_UNREACHABLE', `the board did not come back within ${backTimeoutMs / 1000} s`, { boots });
}

async function sendRestart(session: Session): Promise<void> {
  try {
    await ask(session, commands.restart, {}, v.unknown(), { patience: restartPatience });
  } catch (error) {
    // The board may have restarted before its answer was out.
    if (!isSilence(session, error)) throw error;
  }
}

/** Looks until the board counts another start, or answers for so long that it cannot have heard. */
async function hasRestarted(session: Session, clock: Clock, bootsBefore: number, endMs: number): Promise<boolean> {
  let unheardMs = Number.POSITIVE_INFINITY;
  while (clock.monotonicMs() < endMs) {
    await delay(clock, lookEveryMs);
    const boots = await readBoots(session);
    if (boots !== null && boots !== bootsBefore) return true;
    if (boots !== null) unheardMs = Math.min(unheardMs, clock.monotonicMs() + unheardAfterMs);
    if (clock.monotonicMs() > unheardMs) return false;
  }
  return false;
}

async function readBoots(session: Session): Promise<number | null> {
  try {
    const { boots } = await ask(session, commands.health, {}, healthSchema, { patience: lookPatience });
    return boots;
  } catch (error) {
    if (isSilence(session, error)) return null;
    throw error;
  }
}

/** Whether the board does not answer, as one that restarts does not; nothing comes back over a link that was closed. */
function isSilence(session: Session, error: unknown): boolean {
  return isLlnError(error, 'BOARD_UNREACHABLE') && !session.isClosed;
}
