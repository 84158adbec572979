import t from 'tap';
import { findBannedCalls } from './rules/banned-calls.js';
import { findBannedWords } from './rules/banned-words.js';
import { findBrokenLinks, findUnknownCommands, type Project } from './rules/documents.js';
import { findImpurities } from './rules/domain-purity.js';
import { findOddNames } from './rules/file-names.js';
import { longerThan, measureCFunctions, measureFile, measureFunctions, quantileOf } from './rules/lengths.js';
import { findLockHoles } from './rules/lock-file.js';

// Every rule is shown something bad: a check that cannot fail checks nothing.

const at = (path: string, text: string) => ({ path, text });

t.test('banned calls are found in decisions, with their replacement', async (t) => {
  const bad = 'const a = Date.now();\nsetTimeout(() => {}, 1);\nconsole.log(Math.random(), new Date(), process.env);\n';
  const findings = findBannedCalls(at('agent/src/app/shell.ts', bad));
  t.same(
    findings.map(({ line, message }) => `${line} ${message.split(':', 1)[0] ?? ''}`),
    ['1 Date.now', '2 setTimeout', '3 console.log', '3 Math.random', '3 new Date()', '3 process.env'],
  );
  t.match(findings[0]?.message, /Clock/);
});

t.test('banned calls are allowed where the outside world begins', async (t) => {
  for (const path of ['agent/src/adapters/clock/system-clock.ts', 'coordinator/src/main.ts', 'cli/src/output.ts']) {
    t.same(findBannedCalls(at(path, 'export const now = Date.now();')), []);
  }
});

t.test('words in comments and strings are not calls', async (t) => {
  t.same(findBannedCalls(at('agent/src/app/shell.ts', '// Date.now()\nexport const text = "setTimeout()";')), []);
});

t.test('impure domain code is found', async (t) => {
  const lines = (text: string) => findImpurities(at('agent/src/domain/policy.ts', text)).length;
  t.equal(lines('export async function decide() {}'), 1);
  t.equal(lines('export const year = new Date(0).getFullYear();'), 1);
  t.equal(lines('class Counter { #count = 0; }'), 1);
  t.equal(lines('class TableBuilder { #count = 0; }'), 0);
  t.equal(lines('class Table { readonly rows = []; }'), 0);
  t.equal(lines('export const kind = { process: 1 }.process;'), 0);
  t.same(findImpurities(at('agent/src/app/shell.ts', 'export async function act() {}')), []);
});

t.test('unfinished work and silenced checks are found', async (t) => {
  const text = `a\n// ${'TO'}DO later\n/* ${'eslint'}-disable */`;
  t.same(
    findBannedWords(at('protocol/src/x.ts', text)).map(({ line }) => line),
    [2, 3],
  );
  t.same(findBannedWords(at('protocol/src/x.ts', 'mastodon, autoDOTS, biome')), []);
});

t.test('odd file names are found', async (t) => {
  for (const path of ['a/src/SlotStore.ts', 'a/src/slot_store.ts', 'k/src/cell-step.c']) {
    t.equal(findOddNames(at(path, '')).length, 1, path);
  }
  for (const path of ['a/src/slot-store.ts', 'test/x/slot-store.test.ts', 'k/src/cell_step.c', 'tools/setup.mjs']) {
    t.same(findOddNames(at(path, '')), [], path);
  }
});

t.test('lengths are measured for files and for functions in TypeScript and C', async (t) => {
  t.equal(measureFile(at('a.ts', 'one\ntwo\n')).lines, 2);
  const text = 'function outer() {\n  return [1].map((x) => {\n    return x;\n  });\n}\nt.test("x", () => {\n\n\n});\n';
  const functions = measureFunctions(at('a.ts', text));
  t.same(
    functions.map(({ name, line, lines }) => [name, line, lines]),
    [
      ['outer', 1, 5],
      ['(anonymous)', 2, 3],
    ],
  );
  t.same(longerThan(functions, 4), ['a.ts:1: outer has 5 lines, the limit is 4']);
  t.equal(quantileOf(functions, 0.95), 5);
  t.equal(measureCFunctions(at('a.c', 'static int f(int x) {\n    return x;\n}\n'))[0]?.lines, 3);
});

const project: Project = { exists: (path) => path === 'docs/SPEC.md', scripts: ['demo'], commands: ['deploy'] };

t.test('links that lead nowhere are found', async (t) => {
  const text = '[a](SPEC.md) [b](#here) [c](https://x.org) [d](SPEC.md#part)\n[e](GONE.md)';
  t.same(
    findBrokenLinks(at('docs/ARCHITECTURE.md', text), project).map(({ line }) => line),
    [2],
  );
});

t.test('commands that do not exist are found', async (t) => {
  const text = [
    'Run `npm run demo` or `npm run nothing`.',
    'Try `liquid-lln deploy x`;',
    'liquid-lln flies.',
    '```sh',
    'npx liquid-lln fly',
    '```',
  ].join('\n');
  t.same(
    findUnknownCommands(at('README.md', text), project).map(({ line }) => line),
    [1, 5],
  );
});

t.test('holes in the lock file are found', async (t) => {
  const parent = { optionalDependencies: { 'x-linux': '1.0.0', 'x-darwin': '1.0.0' } };
  const packages = { 'node_modules/a/node_modules/x': parent, 'node_modules/a/node_modules/x-linux': {} };
  t.same(findLockHoles({ packages }), ['node_modules/a/node_modules/x needs x-darwin']);
  t.same(findLockHoles({ packages: { ...packages, 'node_modules/x-darwin': {} } }), []);
});
