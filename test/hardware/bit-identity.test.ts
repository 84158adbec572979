import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { digestOf, identityBuilds, obstacleOf, padForBoard } from '../support/identity-builds.js';
import { exampleSets, identityData, referenceSets } from '../support/identity-data.js';
import { sharedFolder } from '../support/shared.js';

t.setTimeout(400_000);

const shared = sharedFolder();
const sets = [...exampleSets(), ...(shared === null ? [] : referenceSets(join(shared, 'reference')))];
const folder = t.testdir({});
const data = join(folder, 'identity.bin');
writeFileSync(data, identityData(sets));
padForBoard(data);

t.test(
  'the reference sets are among the data',
  {
    skip: shared === null && 'no reference folder beside the checkout: examples only',
  },
  async (t) => t.ok(sets.length >= 38 + exampleSets().length),
);

let expected: string | null = null;

for (const build of identityBuilds) {
  t.test(`the same bits: ${build.name}`, { skip: obstacleOf(build) }, async (t) => {
    const digest = digestOf(build, folder, data);
    expected ??= digest;
    t.match(digest, /^[0-9a-f]{8} [0-9a-f]{16} [0-9a-f]{8}$/);
    t.equal(digest, expected);
    t.comment(`${sets.length} networks: ${digest}`);
  });
}
