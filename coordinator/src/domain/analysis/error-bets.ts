import type { Cell, Panel } from './cell.js';

/**
 * Bets against "the package fails no more often than it should". Each gambler stakes another part of its capital; what
 * counts is the mean of their capitals.
 */
export interface ErrorBets {
  /** Logarithms of the capitals, in the order of `stakes`. */
  readonly logCapitals: readonly number[];
  /** Slots that began by then have been bet on. */
  readonly upToMs: number;
}

/** What each gambler stakes, as a part of what it may lose. */
const stakes = [0.1, 0.3, 0.6, 0.9] as const;
/** Errors up to this share are healthy, whatever there were before. */
const healthyShare = 0.01;
/** Beyond what is usual for the device: how far a device's own rate may wander without anybody to blame. */
const marginShare = 0.01;
/** Standard errors by which the usual share may be underestimated. */
const doubt = 3;

export function openBets(upToMs: number): ErrorBets {
  return { logCapitals: stakes.map(() => 0), upToMs };
}

/**
 * Bets on every slot that has come since, once. One slot of one device is one bet, won by its share of errors over a
 * limit that was fixed without it: the largest of what is healthy, of what was usual for that device, and of what the
 * controls show in the same slot. If the package is no worse the capital is a supermartingale, whatever the correlation
 * of inferences within a slot, so it passes 1/alpha with probability alpha at most, at any time at which anybody looks
 * (Ville 1939; betting on bounded means: Waudby-Smith and Ramdas, JRSS B 86, 2024). A slot without a control is left out.
 */
export function placeBets(bets: ErrorBets, { canaries, controls }: Panel): ErrorBets {
  const concurrent = sharesBySlot(controls.flatMap(({ present }) => present));
  let { upToMs } = bets;
  const logCapitals = [...bets.logCapitals];
  for (const { past, present } of canaries) {
    const usual = upperShare(past);
    for (const cell of present) {
      const others = concurrent.get(cell.startMs);
      if (cell.startMs <= bets.upToMs || cell.tries === 0 || others === undefined) continue;
      upToMs = Math.max(upToMs, cell.startMs);
      const limit = Math.min(0.5, Math.max(healthyShare, usual, others) + marginShare);
      const excess = cell.errors / cell.tries - limit;
      stakes.forEach((stake, place) => {
        logCapitals[place] = (logCapitals[place] ?? 0) + Math.log1p((stake / limit) * excess);
      });
    }
  }
  return { logCapitals, upToMs };
}

/** The logarithm of the mean capital. */
export function logCapitalOf({ logCapitals }: ErrorBets): number {
  const largest = Math.max(...logCapitals);
  const sum = logCapitals.reduce((total, logCapital) => total + Math.exp(logCapital - largest), 0);
  return largest + Math.log(sum / logCapitals.length);
}

function upperShare(cells: readonly Cell[]): number {
  const [tries, errors] = totalsOf(cells);
  if (tries === 0) return 0;
  const share = (errors + 1) / (tries + 2);
  return share + doubt * Math.sqrt((share * (1 - share)) / tries);
}

function sharesBySlot(cells: readonly Cell[]): ReadonlyMap<number, number> {
  const bySlot = new Map<number, Cell[]>();
  for (const cell of cells) {
    if (cell.tries === 0) continue;
    const slot = bySlot.get(cell.startMs) ?? [];
    slot.push(cell);
    bySlot.set(cell.startMs, slot);
  }
  return new Map(
    [...bySlot].map(([startMs, slot]) => {
      const [tries, errors] = totalsOf(slot);
      return [startMs, errors / tries];
    }),
  );
}

function totalsOf(cells: readonly Cell[]): [tries: number, errors: number] {
  return [cells.reduce((sum, cell) => sum + cell.tries, 0), cells.reduce((sum, cell) => sum + cell.errors, 0)];
}
