#!/usr/bin/env node
/**
 * Compiles the firmware of boards: `build-firmware.mjs [BOARD...]`, the one for this machine (posix) unless named. Each
 * becomes build/liquid-lln-board-NAME, unless the one there was made from the same source by the same compiler.
 */
import { readdirSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  arithmetic,
  bridgeDir,
  buildUnlessPresent,
  findCompiler,
  hostCompiler,
  runCompiler,
  warnings,
} from './compiling.mjs';
import { targets } from './firmware/bsp/targets.mjs';

const firmwareDir = join(bridgeDir, 'firmware');
const kernelDir = join(bridgeDir, 'kernel');
const folders = [
  ...['wire', 'app', 'platform/include/lln_platform'].map((folder) => join(firmwareDir, folder)),
  ...['include/lln', 'src'].map((folder) => join(kernelDir, folder)),
];

const flags = ['-std=c11', '-O2', ...arithmetic, ...warnings];
const includes = [
  ...['wire', 'app', 'platform/include'].map((folder) => `-I${join(firmwareDir, folder)}`),
  ...['include', 'src'].map((folder) => `-I${join(kernelDir, folder)}`),
];

function filesIn(folder) {
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
}

/** A board's own files: everything in the folders in which its sources are. */
function boardFiles(sources) {
  return [...new Set(sources.map((source) => dirname(source)))].flatMap(filesIn);
}

function compilerOf(name, target) {
  if (target.compiler === 'cc') return hostCompiler();
  const compiler = findCompiler([target.compiler]);
  if (compiler !== null) return compiler;
  process.stderr.write(`The firmware of ${name} needs ${target.compiler}, which is not here.\n`);
  process.exit(1);
}

function buildBoard(name, target) {
  const compiler = compilerOf(name, target);
  const common = folders.flatMap(filesIn);
  const own = target.sources.map((source) => join(firmwareDir, 'bsp', source));
  const sources = [...common.filter((file) => extname(file) === '.c'), ...own];
  const bspDir = join(firmwareDir, 'bsp');
  buildUnlessPresent({
    name: `liquid-lln-board-${name}`,
    what: `The firmware of ${name}`,
    compiler,
    flags: [flags, target],
    files: [...common, ...boardFiles(own), fileURLToPath(import.meta.url)],
    compile: (folder, output) => {
      const run = (args) => runCompiler(compiler, args, bspDir, `The firmware of ${name}`);
      const objects = sources.map((source, i) => {
        const object = join(folder, `${i}.o`);
        run([...flags, ...target.flags, ...includes, '-c', source, '-o', object]);
        return object;
      });
      run([...flags, ...target.flags, '-o', output, ...objects, ...target.linkFlags]);
    },
  });
}

const names = process.argv.length > 2 ? process.argv.slice(2) : ['posix'];
for (const name of names) {
  const target = targets[name];
  if (target === undefined) {
    process.stderr.write(`There is no board ${name}; there are ${Object.keys(targets).join(', ')}.\n`);
    process.exit(2);
  }
  buildBoard(name, target);
}
