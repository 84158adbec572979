#!/usr/bin/env node
/**
 * Fuzzes the kernel with libFuzzer: `fuzz.mjs image|step SECONDS IMAGE...`. It starts from the committed corpus and from
 * the images; what it finds on the way is forgotten, but for a crash, which is left in the current folder. Needs clang.
 */
import { cpSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build, exerciseSources, inTemporaryFolder, own, run } from './compile.mjs';

const [target = '', seconds = '', ...images] = process.argv.slice(2);
const sanitizers = ['-g', '-O1', '-march=native', '-fsanitize=fuzzer,address,undefined', '-fno-sanitize-recover=all'];

inTemporaryFolder((folder) => {
  const sources = [own(`fuzz_${target}.c`), ...exerciseSources];
  const program = build('clang', folder, `fuzz_${target}`, sources, sanitizers);
  const corpus = join(folder, 'corpus');
  cpSync(own(`corpus/${target}`), corpus, { recursive: true });
  mkdirSync(corpus, { recursive: true });
  for (const image of images) cpSync(image, join(corpus, basename(image)));
  run(program, [`-max_total_time=${seconds}`, '-max_len=8192', '-timeout=10', '-print_final_stats=1', corpus]);
});
