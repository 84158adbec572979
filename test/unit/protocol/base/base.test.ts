import {
  backoffDelayMs,
  crc32,
  deviceIdSchema,
  gatewayOf,
  LlnError,
  packageVersionSchema,
  parseWith,
  seededRandom,
  toErrorReport,
} from '@liquid-lln/protocol';
import t from 'tap';
import * as v from 'valibot';

t.test('waits double up to their end and never agree', async (t) => {
  const backoff = { firstMs: 100, maxMs: 5_000 };
  t.equal(
    backoffDelayMs(backoff, 0, () => 1),
    100,
  );
  t.equal(
    backoffDelayMs(backoff, 3, () => 1),
    800,
  );
  t.equal(
    backoffDelayMs(backoff, 1_000, () => 1),
    5_000,
  );
  t.equal(
    backoffDelayMs(backoff, 1_000, () => 0),
    2_500,
    'jitter takes up to half',
  );
});

t.test('a seed repeats its numbers, another does not', async (t) => {
  const [a, b, c] = [seededRandom(7), seededRandom(7), seededRandom(8)];
  const first = Array.from({ length: 100 }, a);
  t.same(first, Array.from({ length: 100 }, b));
  t.notSame(first, Array.from({ length: 100 }, c));
  t.ok(first.every((value) => value >= 0 && value < 1));
});

t.test('crc32 is the one of zlib', async (t) => {
  t.equal(crc32(Buffer.from('123456789')), 0xcbf43926);
  t.equal(crc32(Buffer.from('56789'), crc32(Buffer.from('1234'))), 0xcbf43926);
});

t.test('ids keep gateways and boards apart', async (t) => {
  t.equal(gatewayOf(v.parse(deviceIdSchema, 'gw-1.left')), 'gw-1');
  for (const bad of ['', 'GW', 'a b', 'a/b', 'a.b.c', '.a', 'a.', '+', '#', 'a'.repeat(49)]) {
    t.notOk(v.is(deviceIdSchema, bad), JSON.stringify(bad));
  }
});

t.test('versions are semantic', async (t) => {
  for (const good of ['1.2.3', '0.0.1-rc.1', '1.0.0+build.5']) t.ok(v.is(packageVersionSchema, good), good);
  for (const bad of ['v1.2.3', '1.2', '01.2.3', '1.2.3.4', '']) t.notOk(v.is(packageVersionSchema, bad), bad);
});

t.test('an error says where, whose turn it is and what to do', async (t) => {
  const schema = v.strictObject({ broker: v.strictObject({ port: v.number() }) });
  try {
    parseWith(schema, { broker: { port: 'x' } }, 'the configuration', 'CONFIG_INVALID');
    t.fail('it passed');
  } catch (thrown) {
    if (!(thrown instanceof LlnError)) throw thrown;
    t.match(thrown.message, /the configuration is invalid: broker\.port: /);
    t.equal(thrown.fault, 'caller');
    t.ok(thrown.remedy.length > 0);
  }
  t.equal(toErrorReport(new RangeError('odd')).code, 'INTERNAL');
  t.equal(toErrorReport('odd').message, 'odd');
});
