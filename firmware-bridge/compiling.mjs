/**
 * What the scripts that compile C share: the compiler, and not doing again what is done already. Plain JavaScript: they
 * run before anything else is built.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const bridgeDir = dirname(fileURLToPath(import.meta.url));
const buildDir = join(bridgeDir, 'build');

export const warnings = [
  ...['-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wshadow', '-Wmissing-prototypes', '-Werror'],
];

/** Nothing here may change a result: docs/decisions/0003. */
export const arithmetic = ['-ffp-contract=off', '-fno-math-errno', '-fno-trapping-math', '-fno-strict-aliasing'];

/**
 * @typedef {object} Compiler
 * @property {string} name
 * @property {string} version
 */

/**
 * @param {readonly (string | undefined)[]} names tried in order
 * @returns {Compiler | null}
 */
export function findCompiler(names) {
  for (const name of names.filter((candidate) => candidate !== undefined && candidate !== '')) {
    const run = spawnSync(name, ['--version'], { encoding: 'utf8' });
    if (run.status === 0) return { name, version: run.stdout.split('\n')[0] };
  }
  return null;
}

/** The compiler for this machine; ends the process with advice if there is none. */
export function hostCompiler() {
  const compiler = findCompiler([process.env.CC, 'cc', 'gcc', 'clang']);
  if (compiler !== null) return compiler;
  process.stderr.write(
    'There is no C compiler (tried $CC, cc, gcc, clang). Install one, for example: apt-get install gcc libc6-dev\n',
  );
  process.exit(1);
}

/** Ends the process with what the compiler said if it fails. */
export function runCompiler(compiler, args, cwd, what) {
  const result = spawnSync(compiler.name, args, { encoding: 'utf8', cwd });
  if (result.status === 0) return;
  process.stderr.write(`${compiler.name} ${args.join(' ')}\n${result.stderr}`);
  process.stderr.write(`${what} did not compile.\n`);
  process.exit(1);
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}

function fingerprint(compiler, flags, files) {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([compiler.version, process.arch, flags]));
  for (const file of [...files, fileURLToPath(import.meta.url)]) hash.update(file).update(readFileSync(file));
  return hash.digest('hex');
}

/**
 * Makes build/NAME, unless the one there was made from the same files by the same compiler.
 *
 * @param {object} product
 * @param {string} product.name
 * @param {string} product.what for messages
 * @param {Compiler} product.compiler
 * @param {unknown} product.flags whatever else the result depends on
 * @param {readonly string[]} product.files
 * @param {(folder: string, output: string) => void} product.compile into `output`, with a folder for objects
 */
export function buildUnlessPresent({ name, what, compiler, flags, files, compile }) {
  mkdirSync(buildDir, { recursive: true });
  const output = join(buildDir, name);
  const stamp = join(buildDir, `${name.replace(/\.[a-z]+$/, '')}.stamp`);
  const wanted = fingerprint(compiler, flags, files);
  if (readText(stamp) === wanted && readText(output) !== '') {
    process.stdout.write(`${what} is up to date: ${output}\n`);
    return;
  }
  // In a folder of its own, so that two builds at once do not meet.
  const folder = mkdtempSync(join(buildDir, 'objects-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  // Renamed into place, so that a process that uses the old one keeps it.
  const fresh = join(folder, name);
  compile(folder, fresh);
  renameSync(fresh, output);
  writeFileSync(stamp, wanted);
  process.stdout.write(`Built ${what.toLowerCase()} with ${compiler.version}: ${output}\n`);
}
