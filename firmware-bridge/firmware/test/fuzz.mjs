#!/usr/bin/env node
/**
 * Fuzzes the firmware with libFuzzer: `fuzz.mjs frame|cbor|request SECONDS IMAGE`. It starts from the committed corpus;
 * what it finds on the way is forgotten, but for a crash, which is left in the current folder. Needs clang.
 */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { build, inTemporaryFolder, run } from '../../kernel/test/compile.mjs';
import { appSources, includes, own, wireSources } from './compile.mjs';

const [target = '', seconds = '', image = ''] = process.argv.slice(2);
const sanitizers = ['-g', '-O1', '-fsanitize=fuzzer,address,undefined', '-fno-sanitize-recover=all'];

inTemporaryFolder((folder) => {
  const sources = [own(`fuzz_${target}.c`), ...(target === 'request' ? appSources : wireSources)];
  const program = build('clang', folder, `fuzz_${target}`, sources, [...sanitizers, ...includes]);
  const corpus = join(folder, 'corpus');
  cpSync(own(`corpus/${target}`), corpus, { recursive: true });
  process.env.LLN_FUZZ_IMAGE = image;
  run(program, [`-max_total_time=${seconds}`, '-max_len=8192', '-timeout=10', '-print_final_stats=1', corpus]);
});
