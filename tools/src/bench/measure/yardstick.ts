/** Of the work below. */
const objects = 20_000;
const tries = 9;

/**
 * How fast this machine is now: milliseconds for a fixed piece of work without any code of ours, at the quickest of some
 * tries. Times of another day are compared after they were divided by it: machines, and moods of one, differ by a
 * factor of three.
 */
export function measureYardstickMs(): number {
  let quickestMs = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const startMs = performance.now();
    doFixedWork();
    quickestMs = Math.min(quickestMs, performance.now() - startMs);
  }
  return quickestMs;
}

/** What servers do most: objects, text, maps and sorting. */
function doFixedWork(): number {
  const made = Array.from({ length: objects }, (_, index) => ({
    id: `gw-${(index * 7_919) % objects}`,
    figures: [index, index / 3, index % 2 === 0],
  }));
  const read = JSON.parse(JSON.stringify(made)) as typeof made;
  const byId = new Map(read.map((each) => [each.id, each]));
  return [...byId.keys()].sort().reduce((sum, id) => sum + (byId.get(id)?.figures.length ?? 0), 0);
}
