/**
 * One line about a finished piece of work; what it printed only if it failed.
 *
 * @param {string} name
 * @param {{ ok: boolean, output: string, seconds: number }} result
 * @returns {boolean} `result.ok`
 */
export function reportStep(name, { ok, output, seconds }) {
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name}  (${seconds.toFixed(1)} s)`);
  if (!ok) console.log(output.trimEnd());
  return ok;
}

/**
 * Does `work` on every item, `width` at a time, and gives the results in the order of the items.
 *
 * @template T, R
 * @param {readonly T[]} items
 * @param {number} width
 * @param {(item: T) => Promise<R>} work
 * @returns {Promise<R[]>}
 */
export async function mapBounded(items, width, work) {
  /** @type {R[]} */
  const results = new Array(items.length);
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}
