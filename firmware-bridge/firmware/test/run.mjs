#!/usr/bin/env node
/**
 * Compiles and runs the firmware's C tests: `run.mjs COMPILER plain|sanitized VECTORS SMALL OTHER [LARGE]`, where VECTORS
 * is the file of boot decisions and the others are network images, LARGE one of several sectors. Exit status 1 if a test
 * fails.
 */
import { readFileSync } from 'node:fs';
import { build, inTemporaryFolder, run } from '../../kernel/test/compile.mjs';
import { appSources, includes, own, wireSources } from './compile.mjs';

const [compiler = '', kind = '', vectors = '', small = '', other = '', large] = process.argv.slice(2);
const sanitizers = ['-g', '-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
const flags = [...(kind === 'sanitized' ? sanitizers : ['-O2']), ...includes];
// A sanitized sweep of everything would take minutes.
const [stride, secondCuts] = kind === 'sanitized' ? ['7', '1'] : ['1', '2'];

inTemporaryFolder((folder) => {
  run(build(compiler, folder, 'test_wire', [own('test_wire.c'), ...wireSources], flags), []);
  const app = build(compiler, folder, 'test_app', [own('test_app.c'), ...appSources], flags);
  run(app, []);
  const decisions = JSON.parse(readFileSync(vectors, 'utf8'));
  run(app, ['boot', ...decisions.flatMap((row) => [row.live, row.isLiveIntact, row.isTargetIntact, row.action])]);
  run(app, ['hash', small, other]);
  const sweep = build(compiler, folder, 'test_power_cut', [own('test_power_cut.c'), ...appSources], flags);
  run(sweep, [stride, secondCuts, small, other]);
  if (large !== undefined) run(sweep, ['997', '0', small, large]);
});
