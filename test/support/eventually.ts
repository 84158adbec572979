/** Waits until `check` returns something other than null, false or undefined; fails after `msMax`. */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | null | false | undefined> | T | null | false | undefined,
  msMax = 10_000,
): Promise<T> {
  const endMs = performance.now() + msMax;
  for (;;) {
    const found = await check();
    if (found !== null && found !== false && found !== undefined) return found;
    if (performance.now() > endMs) throw new Error(`this did not happen within ${msMax} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
