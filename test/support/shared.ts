import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The checkout that these tests were built in: this file runs as `test/dist/support/shared.js`. */
export const projectRoot = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * The folder with reference networks and data sets that may lie beside the checkout, or null. It is too large for the
 * repository; a test that needs it skips and says so:
 * `const shared = sharedFolder(); t.test('…', { skip: shared === null && 'no reference folder beside the checkout' }, …)`.
 */
export function sharedFolder(): string | null {
  const folder = fileURLToPath(new URL('../../../../shared', import.meta.url));
  return existsSync(folder) ? folder : null;
}
