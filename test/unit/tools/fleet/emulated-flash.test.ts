import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deliverFlash } from '@liquid-lln/tools';
import t from 'tap';

t.test('the flash of an emulated board is delivered erased, with its id at the end', async (t) => {
  const path = join(t.testdir(), 'first.flash');
  deliverFlash(path, 'first');
  const flash = readFileSync(path);
  t.equal(flash.length, 16 * 1024 * 1024);
  t.ok(flash.subarray(0, -16).every((byte) => byte === 0xff));
  t.equal(flash.subarray(-16).toString('hex'), 'a7937b64b8caa58f03721bb6bacf5c78');
});

t.test('a flash that is there is never delivered again: it is what a board remembers', async (t) => {
  const folder = t.testdir({ 'first.flash': 'its networks' });
  t.throws(() => deliverFlash(join(folder, 'first.flash'), 'first'), { code: 'EEXIST' });
});
