#!/usr/bin/env node
/**
 * Compiles the C kernel into build/liblln.so, unless the one there was made from the same source by the same compiler.
 * Plain JavaScript: it runs before anything else is built.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { arithmetic, bridgeDir, buildUnlessPresent, hostCompiler, runCompiler, warnings } from './compiling.mjs';

const kernelDir = join(bridgeDir, 'kernel');

/** What both builds of the core and the host files share. */
const flags = ['-std=c11', '-O3', '-fPIC', '-fvisibility=hidden', ...arithmetic, ...warnings];

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

const compiler = hostCompiler();
const parts = objects(process.arch);

buildUnlessPresent({
  name: 'liblln.so',
  what: 'The kernel',
  compiler,
  flags: [flags, parts],
  files: [...sourceFiles(), fileURLToPath(import.meta.url)],
  compile: (folder, output) => {
    const run = (args) => runCompiler(compiler, args, kernelDir, 'The kernel');
    for (const part of parts) run([...flags, ...part.flags, '-c', part.source, '-o', join(folder, part.object)]);
    run(['-shared', '-o', output, ...parts.map((part) => join(folder, part.object))]);
  },
});
