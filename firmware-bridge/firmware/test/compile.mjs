/** What the scripts of this folder share: which files a test is made of. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const testDir = dirname(fileURLToPath(import.meta.url));
const firmwareDir = join(testDir, '..');
const kernelDir = join(firmwareDir, '../kernel');

/** A file of this folder. */
export const own = (name) => join(testDir, name);

function sourcesIn(folder, ...without) {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.c') && !without.includes(name))
    .map((name) => join(folder, name));
}

const include = (folder) => `-I${folder}`;

export const includes = [
  ...['wire', 'app', 'platform/include'].map((folder) => include(join(firmwareDir, folder))),
  ...['include', 'src'].map((folder) => include(join(kernelDir, folder))),
];

export const wireSources = sourcesIn(join(firmwareDir, 'wire'));

/** The application without its loop, on a board that is in memory. */
export const appSources = [
  ...wireSources,
  ...sourcesIn(join(firmwareDir, 'app'), 'application.c'),
  ...sourcesIn(join(kernelDir, 'src')),
  join(firmwareDir, 'bsp/posix/flash_model.c'),
  own('fake_board.c'),
  own('client.c'),
];
