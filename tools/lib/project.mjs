import { fileURLToPath } from 'node:url';

/** The checkout. */
export const projectRoot = fileURLToPath(new URL('../../', import.meta.url));

/** The workspaces whose `src` becomes `dist`. */
export const sourcePackages = ['protocol', 'firmware-bridge', 'agent', 'coordinator', 'cli', 'tools'];
