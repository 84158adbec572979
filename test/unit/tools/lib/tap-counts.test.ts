import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { projectRoot } from '../../../support/shared.js';

interface TapCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly skips: readonly string[];
}
type CountAssertions = (text: string) => Promise<TapCounts>;

// The tools run before anything is compiled, so they are plain JavaScript outside of every workspace's exports.
const path = pathToFileURL(join(projectRoot, 'tools/lib/tap-counts.mjs')).href;
const { countAssertions } = (await import(path)) as { countAssertions: CountAssertions };

const nested = `TAP version 14
# Subtest: outer
    ok 1 - first
    # Subtest: inner
        ok 1 - second
        not ok 2 - third
        1..2
    not ok 2 - inner
    ok 3 - fourth # SKIP no folder
    1..3
not ok 1 - outer
ok 2 - last
1..2
`;

t.test('assertions are counted, those of subtests included, but not the lines that sum them up', async (t) => {
  t.match(await countAssertions(nested), { passed: 3, failed: 1, skipped: 1 });
});

t.test('what was skipped is named with its reason', async (t) => {
  t.same((await countAssertions(nested)).skips, ['outer > fourth: no folder']);
});

t.test('a plan that was not kept is a failure, although every assertion passed', async (t) => {
  t.match(await countAssertions('TAP version 14\nok 1\n1..2\n'), { passed: 1, failed: 1 });
});

t.test('a bail-out is a failure', async (t) => {
  t.match(await countAssertions('TAP version 14\nok 1\nBail out! no disk\n'), { passed: 1, failed: 1 });
});

t.test('no text at all is no assertion', async (t) => {
  t.match(await countAssertions(''), { passed: 0, failed: 0, skipped: 0 });
});
