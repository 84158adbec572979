import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { projectRoot } from '../support/shared.js';
import { readSources } from './source-file.js';

/** The version that the sources are formatted with: others break some lines differently. */
const wantedVersion = '14';
const timeoutMs = 20_000;
const options = { encoding: 'utf8', timeout: timeoutMs, cwd: projectRoot } as const;

function obstacle(): string | false {
  const { status, stdout } = spawnSync('clang-format', ['--version'], options);
  if (status !== 0) return 'there is no clang-format on this machine (npm run setup installs it on Debian)';
  const version = /version (\d+)/.exec(stdout)?.[1];
  return (
    version !== wantedVersion && `this is clang-format ${version}, and the sources are formatted by ${wantedVersion}`
  );
}

/** What clang-format makes of a file, by the settings for its place. */
function formatted(path: string, text: string): string {
  const args = [`--assume-filename=${join(projectRoot, path)}`];
  const { status, stdout, stderr } = spawnSync('clang-format', args, { ...options, input: text });
  if (status !== 0) throw new Error(`clang-format: ${stderr}`);
  return stdout;
}

const skip = obstacle();

t.test('C is formatted by clang-format', { skip }, async (t) => {
  const sources = readSources('.c', '.h');
  t.ok(sources.length > 0, 'there is something to look at');
  const odd = sources.filter(({ path, text }) => formatted(path, text) !== text).map(({ path }) => path);
  t.same(odd, []);
});

t.test('what is formatted otherwise is noticed', { skip }, async (t) => {
  const text = 'static int lln_one(void) {\n    return 1;\n}\n';
  t.equal(formatted('firmware-bridge/kernel/src/one.c', text), 'static int lln_one(void) { return 1; }\n');
});
