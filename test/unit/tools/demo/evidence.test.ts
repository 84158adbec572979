import { describeClaims, EvidenceBuilder, parseOptions, waitFor } from '@liquid-lln/tools';
import t from 'tap';

t.test('the demo succeeds only if everything that it promised was seen', async (t) => {
  const evidence = new EvidenceBuilder();
  t.notOk(evidence.isComplete, 'nothing was promised yet');
  evidence.add('one', true, '');
  t.ok(evidence.isComplete);
  evidence.add('two', false, '3 failed');
  t.notOk(evidence.isComplete);
  evidence.add('three', true, '');
  t.notOk(evidence.isComplete, 'what came later does not make up for it');
});

t.test('what was not seen is marked and explained', async (t) => {
  const text = describeClaims([
    { text: 'all is well', isSeen: true, detail: '' },
    { text: 'no request failed', isSeen: false, detail: '3 failed' },
  ]);
  t.equal(text, '  seen      all is well\n  NOT SEEN  no request failed (3 failed)');
});

t.test('arguments of the demo', async (t) => {
  t.same(parseOptions([]), { keep: false, seed: 1, boards: 'posix' });
  t.same(parseOptions(['--keep', '--seed', '7', '--boards', 'qemu']), { keep: true, seed: 7, boards: 'qemu' });
  t.equal(parseOptions(['--help']), null);
  for (const wrong of [['--seed', 'x'], ['--seed', '-1'], ['--fast'], ['now'], ['--boards', 'real']]) {
    t.throws(() => parseOptions(wrong), wrong.join(' '));
  }
});

t.test('waiting ends when there is something, when time is up, and when it is called off', async (t) => {
  let looks = 0;
  const found = await waitFor({ what: 'the third look', timeoutMs: 5_000, everyMs: 1 }, () => {
    looks += 1;
    return looks === 3 ? 'there' : null;
  });
  t.equal(found, 'there');
  await t.rejects(
    waitFor({ what: 'Godot', timeoutMs: 10, everyMs: 1 }, () => null),
    { message: /in vain: Godot/ },
  );
  const signal = AbortSignal.abort(new Error('called off'));
  await t.rejects(
    waitFor({ what: 'anything', timeoutMs: 5_000, signal }, () => null),
    { message: 'called off' },
  );
});
