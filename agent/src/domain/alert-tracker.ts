import { alertCalmMs, alertRaiseMs, type Breach, type Digest, type Metric } from '@liquid-lln/protocol';

/** An alert that is raised, or about to be. */
interface Tracked {
  readonly breach: Breach;
  /** The package that served when it began. */
  readonly digest: Digest | null;
  readonly isRaised: boolean;
  /** Since when the breach has been there without a gap; of a raised one, since when it has been away. */
  readonly sinceMs: number | null;
}

export type AlertState = ReadonlyMap<Metric, Tracked>;

export interface AlertChange {
  readonly breach: Breach;
  readonly digest: Digest | null;
  readonly isRaised: boolean;
}

/** What the policy finds now. */
export interface AlertSighting {
  /** Against the limits as they stand: these begin alerts. */
  readonly breaches: readonly Breach[];
  /** Against eased limits, which a figure must have left before its alert is over. */
  readonly lingering: readonly Breach[];
  readonly digest: Digest | null;
  /** Of a monotonic clock. */
  readonly nowMs: number;
}

/**
 * What a sighting changes: newly raised alerts, those that became worse, and those that have ended. A metric has one
 * alert however often it is found; with another package live all alerts of the one before are over.
 */
export function trackAlerts(
  state: AlertState,
  sighting: AlertSighting,
): { readonly state: AlertState; readonly changes: readonly AlertChange[] } {
  const next = new Map<Metric, Tracked>();
  const changes: AlertChange[] = [];
  const keep = (tracked: Tracked, isChange: boolean) => {
    next.set(tracked.breach.metric, tracked);
    if (isChange) changes.push({ breach: tracked.breach, digest: tracked.digest, isRaised: true });
  };
  const end = ({ breach, digest, isRaised }: Tracked) => {
    if (isRaised) changes.push({ breach, digest, isRaised: false });
  };
  for (const tracked of state.values()) {
    if (tracked.digest !== sighting.digest) end(tracked);
    else followAlert(tracked, sighting, keep, end);
  }
  for (const breach of worstOf(sighting.breaches)) {
    if (next.has(breach.metric)) continue;
    const { digest, nowMs } = sighting;
    keep({ breach, digest, isRaised: false, sinceMs: nowMs }, false);
  }
  return { state: next, changes };
}

function followAlert(
  tracked: Tracked,
  { breaches, lingering, nowMs }: AlertSighting,
  keep: (tracked: Tracked, isChange: boolean) => void,
  end: (tracked: Tracked) => void,
): void {
  const { metric, level } = tracked.breach;
  const found = worstOf(breaches).find((breach) => breach.metric === metric);
  if (!tracked.isRaised) {
    if (found === undefined) return;
    const isLasting = nowMs - (tracked.sinceMs ?? nowMs) >= alertRaiseMs;
    keep({ ...tracked, breach: found, isRaised: isLasting, sinceMs: isLasting ? null : tracked.sinceMs }, isLasting);
    return;
  }
  if (found !== undefined) {
    const isWorse = found.level === 'rollback' && level === 'alert';
    keep({ ...tracked, breach: isWorse ? found : tracked.breach, sinceMs: null }, isWorse);
    return;
  }
  if (lingering.some((breach) => breach.metric === metric)) keep({ ...tracked, sinceMs: null }, false);
  else if (nowMs - (tracked.sinceMs ?? nowMs) >= alertCalmMs) end(tracked);
  else keep({ ...tracked, sinceMs: tracked.sinceMs ?? nowMs }, false);
}

/** One breach a metric: a temperature has two limits, an error rate two levels. */
function worstOf(breaches: readonly Breach[]): Breach[] {
  const worst = new Map<Metric, Breach>();
  for (const breach of breaches) {
    if (worst.get(breach.metric)?.level !== 'rollback') worst.set(breach.metric, breach);
  }
  return [...worst.values()];
}
