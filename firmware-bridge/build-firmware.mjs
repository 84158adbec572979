#!/usr/bin/env node
/**
 * Compiles the firmware of boards: `build-firmware.mjs [BOARD...] [-DNAME=VALUE...]`, the one for this machine (posix)
 * unless named. Each becomes build/liquid-lln-board-NAME, with definitions build/liquid-lln-board-NAME-custom, unless the
 * one there was made from the same source by the same compiler.
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

const given = process.argv.slice(2);
const defines = given.filter((argument) => argument.startsWith('-D'));
const names = given.filter((argument) => !argument.startsWith('-D'));

const flags = ['-std=c11', ...arithmetic, ...warnings];
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

/** The kernel's loops as everywhere else, the rest small: on the STM32H743 all of it runs from 64 KiB. */
function optimisationOf(source) {
  return source.startsWith(kernelDir) ? '-O3' : '-O2';
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
    name: `liquid-lln-board-${name}${defines.length > 0 ? '-custom' : ''}`,
    what: `The firmware of ${name}`,
    compiler,
    flags: [flags, target, defines],
    files: [...common, ...boardFiles(own), fileURLToPath(import.meta.url)],
    compile: (folder, output) => {
      const run = (args) => runCompiler(compiler, args, bspDir, `The firmware of ${name}`);
      const objects = sources.map((source, i) => {
        const object = join(folder, `${i}.o`);
        run([...flags, optimisationOf(source), ...target.flags, ...defines, ...includes, '-c', source, '-o', object]);
        return object;
      });
      run([...flags, ...target.flags, '-o', output, ...objects, ...target.linkFlags]);
    },
  });
}

for (const name of names.length > 0 ? names : ['posix']) {
  const target = targets[name];
  if (target === undefined) {
    process.stderr.write(`There is no board ${name}; there are ${Object.keys(targets).join(', ')}.\n`);
    process.exit(2);
  }
  buildBoard(name, target);
}
