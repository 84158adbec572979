import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseWith } from '@liquid-lln/protocol';
import * as v from 'valibot';
import { buildFolder, projectRoot } from '../fleet/project-paths.js';
import { buildDeb } from './build-deb.js';
import { type Product, products } from './products.js';
import { packNpm } from './stage-npm.js';

const { values } = parseArgs({
  options: {
    output: { type: 'string', default: join(buildFolder, 'package') },
    'no-deb': { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});
const wanted = products.filter(({ name }) => name === (values.only ?? name));
if (wanted.length === 0) throw new Error(`there is no package ${values.only}`);
for (const product of wanted) makePackages(product, values.output, !values['no-deb']);

function makePackages(product: Product, output: string, isDebWanted: boolean): void {
  mkdirSync(output, { recursive: true });
  const tarball = packNpm(product, join(output, 'stage-npm'), output);
  describe(tarball);
  if (!isDebWanted) return;
  if (spawnSync('dpkg-deb', ['--version']).error !== undefined) {
    process.stdout.write('no Debian package: there is no dpkg-deb on this machine\n');
    return;
  }
  const stage = join(output, 'stage-deb');
  const version = readVersion(product);
  describe(buildDeb({ product, tarball, version, stage, output, epochSeconds: epochSeconds() }));
}

function describe(file: string): void {
  const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
  process.stdout.write(`${digest}  ${basename(file)}  ${(statSync(file).size / 1_024).toFixed(0)} KiB\n`);
}

function readVersion({ workspace }: Product): string {
  const path = join(projectRoot, workspace, 'package.json');
  return parseWith(v.object({ version: v.string() }), JSON.parse(readFileSync(path, 'utf8')), path).version;
}

/** `$SOURCE_DATE_EPOCH`, else when the last change was committed; 0 outside a checkout. */
function epochSeconds(): number {
  const given = process.env['SOURCE_DATE_EPOCH'];
  if (given !== undefined) return Number(given);
  try {
    return Number(execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: projectRoot, encoding: 'utf8' }));
  } catch {
    return 0; // no git, or no history: then the source has no date
  }
}
