/** What a run can go through, and what came of it. */
export type CoverageGroup = 'faults' | 'requests' | 'answers' | 'device events' | 'rollouts';

/** How often each of it took place: a reader of many runs has to see that they were not idle. */
export type CoverageCounts = Map<CoverageGroup, Map<string, number>>;

/** Counts one of a group. */
export type Count = (group: CoverageGroup, what: string) => void;

export function countIn(counts: CoverageCounts, group: CoverageGroup, what: string, times = 1): void {
  const ofGroup = counts.get(group) ?? new Map<string, number>();
  ofGroup.set(what, (ofGroup.get(what) ?? 0) + times);
  counts.set(group, ofGroup);
}

/** Adds what other runs went through. */
export function addCounts(counts: CoverageCounts, others: CoverageCounts): void {
  for (const [group, ofGroup] of others) for (const [what, times] of ofGroup) countIn(counts, group, what, times);
}

/** A line for each group, the most frequent first. */
export function describeCounts(counts: CoverageCounts): string[] {
  return [...counts].map(([group, ofGroup]) => {
    const parts = [...ofGroup].sort(([a, timesA], [b, timesB]) => timesB - timesA || a.localeCompare(b));
    return `${group}: ${parts.map(([what, times]) => `${what} ${times}`).join(', ')}`;
  });
}
