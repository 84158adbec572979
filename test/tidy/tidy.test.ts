import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import * as v from 'valibot';
import { projectRoot } from '../support/shared.js';
import { findBannedCalls } from './rules/banned-calls.js';
import { findBannedWords } from './rules/banned-words.js';
import { findBrokenLinks, findUnknownCommands, type Project } from './rules/documents.js';
import { findImpurities } from './rules/domain-purity.js';
import { findOddNames } from './rules/file-names.js';
import { findLockHoles } from './rules/lock-file.js';
import { describeFindings, type Finding, readSources, type SourceFile } from './source-file.js';

const typescript = readSources('.ts');
const scripts = readSources('.mjs');
const c = readSources('.c', '.h');
const documents = readSources('.md');

function expectNone(name: string, files: readonly SourceFile[], rule: (file: SourceFile) => Finding[]): void {
  t.test(name, async (t) => {
    t.not(files.length, 0, 'there is something to look at');
    t.same(describeFindings(files.flatMap(rule)), []);
  });
}

expectNone('decisions make no banned calls', typescript, findBannedCalls);
expectNone('domain folders are pure', typescript, findImpurities);
expectNone('nothing is left for later and no check is silenced', [...typescript, ...scripts, ...c], findBannedWords);
expectNone('files are named alike', [...typescript, ...scripts, ...c], findOddNames);

const packageSchema = v.object({ scripts: v.record(v.string(), v.string()) });
const { scripts: npmScripts } = v.parse(packageSchema, readJson('package.json'));

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(projectRoot, path), 'utf8'));
}

const project: Project = {
  exists: (path) => existsSync(join(projectRoot, path)),
  scripts: Object.keys(npmScripts),
  commands: typescript
    .map(({ path }) => /^cli\/src\/commands\/([a-z-]+)\.ts$/.exec(path)?.[1])
    .filter((name) => name !== undefined),
};

expectNone('links in documents lead somewhere', documents, (file) => findBrokenLinks(file, project));
expectNone('commands in documents exist', documents, (file) => findUnknownCommands(file, project));

t.test('the lock file is whole', async (t) => {
  t.same(findLockHoles(readJson('package-lock.json')), []);
});
