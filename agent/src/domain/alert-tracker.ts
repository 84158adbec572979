import type { Breach, Metric } from '@liquid-lln/protocol';

/** Alerts that are raised now, and the calm evaluations since each was last seen. */
export type AlertState = ReadonlyMap<Metric, { readonly breach: Breach; readonly calm: number }>;

export interface AlertChange {
  readonly breach: Breach;
  readonly isRaised: boolean;
}

/** Evaluations in a row without the breach before an alert ends: a figure that swings about its limit rings once. */
const calmMin = 3;

/** What the breaches found now change: newly raised alerts, and those that have ended. */
export function trackAlerts(
  state: AlertState,
  breaches: readonly Breach[],
): { readonly state: AlertState; readonly changes: readonly AlertChange[] } {
  const next = new Map(state);
  const changes: AlertChange[] = [];
  for (const breach of breaches) {
    const known = state.get(breach.metric);
    if (known === undefined || known.breach.level !== breach.level) changes.push({ breach, isRaised: true });
    next.set(breach.metric, { breach, calm: 0 });
  }
  for (const [metric, { breach, calm }] of state) {
    if (breaches.some((found) => found.metric === metric)) continue;
    if (calm + 1 < calmMin) next.set(metric, { breach, calm: calm + 1 });
    else {
      next.delete(metric);
      changes.push({ breach, isRaised: false });
    }
  }
  return { state: next, changes };
}
