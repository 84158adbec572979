#!/usr/bin/env node
/**
 * Compiles the C kernel into build/liblln.so, unless the one there was made from the same source by the same compiler.
 * Plain JavaScript: it runs before anything else is built.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const kernelDir = join(here, 'kernel');
const buildDir = join(here, 'build');
const library = join(buildDir, 'liblln.so');
const stamp = join(buildDir, 'liblln.stamp');

/** What both builds of the core and the host files share. Nothing here may change a result: docs/decisions/0003. */
const flags = [
  '-std=c11',
  '-O3',
  '-fPIC',
  '-fvisibility=hidden',
  '-ffp-contract=off',
  '-fno-math-errno',
  '-fno-trapping-math',
  '-fno-strict-aliasing',
  '-Wall',
  '-Wextra',
  '-Wpedantic',
  '-Wconversion',
  '-Wshadow',
  '-Wmissing-prototypes',
  '-Werror',
];

const avx2 = ['-mavx2', '-mfma'];
const avx512 = [...avx2, '-mavx512f', '-mavx512vl', '-mavx512dq', '-mprefer-vector-width=512'];

/** Every object of the library: the core for each kind of processor, one by one and in batches, and the host's files. */
function objects(arch) {
  const core = (name, extra) => ({
    source: 'host/core.c',
    object: `core_${name}.o`,
    flags: ['-ffreestanding', `-DLLN_CORE_NAME=${name}`, ...extra],
  });
  const batch = (name, width, extra) => ({
    source: 'host/core.c',
    object: `batch_${name}.o`,
    flags: ['-ffreestanding', `-DLLN_CORE_NAME=${name}`, `-DLLN_WIDTH=${width}u`, ...extra],
  });
  return [
    core('portable', []),
    batch('portable', 8, []),
    ...(arch === 'x64' ? [core('fma', avx2), batch('fma', 8, avx2)] : []),
    ...(arch === 'x64' ? [core('avx512', avx512), batch('avx512', 16, avx512)] : []),
    { source: 'host/dispatch.c', object: 'dispatch.o', flags: [] },
    { source: 'host/ffi.c', object: 'ffi.o', flags: [] },
  ];
}

function sourceFiles() {
  return ['include/lln', 'src', 'host'].flatMap((folder) =>
    readdirSync(join(kernelDir, folder))
      .sort()
      .map((name) => join(kernelDir, folder, name)),
  );
}

function fingerprint(compiler) {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([compiler.version, process.arch, flags]));
  for (const file of [...sourceFiles(), fileURLToPath(import.meta.url)]) hash.update(file).update(readFileSync(file));
  return hash.digest('hex');
}

function findCompiler() {
  const names = [process.env.CC, 'cc', 'gcc', 'clang'].filter((name) => name !== undefined && name !== '');
  for (const name of names) {
    const run = spawnSync(name, ['--version'], { encoding: 'utf8' });
    if (run.status === 0) return { name, version: run.stdout.split('\n')[0] };
  }
  return null;
}

function run(compiler, args) {
  const result = spawnSync(compiler.name, args, { encoding: 'utf8', cwd: kernelDir });
  if (result.status === 0) return;
  process.stderr.write(`${compiler.name} ${args.join(' ')}\n${result.stderr}`);
  process.stderr.write('The kernel did not compile.\n');
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

/** In a folder of its own, so that two builds at once do not meet. */
function compile(compiler) {
  const folder = mkdtempSync(join(buildDir, 'objects-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const parts = objects(process.arch);
  for (const part of parts) {
    run(compiler, [...flags, ...part.flags, '-c', part.source, '-o', join(folder, part.object)]);
  }
  // Renamed into place, so that a process that has the old library loaded keeps it.
  const fresh = join(folder, 'liblln.so');
  run(compiler, ['-shared', '-o', fresh, ...parts.map((part) => join(folder, part.object))]);
  renameSync(fresh, library);
}

const compiler = findCompiler();
if (compiler === null) {
  process.stderr.write(
    'There is no C compiler (tried $CC, cc, gcc, clang). Install one, for example: apt-get install gcc libc6-dev\n',
  );
  process.exit(1);
}
mkdirSync(buildDir, { recursive: true });
const wanted = fingerprint(compiler);
if (readText(stamp) === wanted && readText(library) !== '') {
  process.stdout.write(`The kernel is up to date: ${library}\n`);
} else {
  compile(compiler);
  writeFileSync(stamp, wanted);
  process.stdout.write(`Built the kernel with ${compiler.version}: ${library}\n`);
}
