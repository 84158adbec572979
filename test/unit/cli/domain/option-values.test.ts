import {
  formatDuration,
  integerBetween,
  parseDurationSeconds,
  parsePackageName,
  parsePercent,
  parsePositiveDurationSeconds,
  parseVersion,
  parseWaves,
  policyFrom,
} from '@liquid-lln/cli/testing';
import { isLlnError } from '@liquid-lln/protocol';
import t, { type Test } from 'tap';

function refuses(test: Test, parse: (text: string) => unknown, texts: readonly string[]): void {
  for (const text of texts) {
    try {
      parse(text);
      test.fail(`"${text}" was taken`);
    } catch (thrown) {
      test.ok(isLlnError(thrown, 'USAGE') && thrown.message.includes(text), `"${text}" is refused by name`);
    }
  }
}

t.test('durations are seconds unless a unit says otherwise', async (t) => {
  const cases: [string, number][] = [
    ['300', 300],
    ['60s', 60],
    ['15m', 900],
    ['1h', 3600],
    ['1.5h', 5400],
    ['500ms', 0.5],
    ['1d', 86_400],
    ['0', 0],
  ];
  for (const [text, seconds] of cases) t.equal(parseDurationSeconds(text), seconds, text);
  refuses(t, parseDurationSeconds, ['-1', '1 hour', 'soon', '1w', '999d', '1e9', '0x10']);
  refuses(t, parsePositiveDurationSeconds, ['0', '0s']);
});

t.test('durations are shown in their two largest units', async (t) => {
  const cases: [number, string][] = [
    [0, '0 ms'],
    [999, '999 ms'],
    [42_000, '42 s'],
    [200_000, '3 m 20 s'],
    [7_500_000, '2 h 5 m'],
    [7_200_000, '2 h'],
    [4 * 86_400_000 + 3_600_000, '4 d 1 h'],
  ];
  for (const [ms, text] of cases) t.equal(formatDuration(ms), text);
});

t.test('shares of a target are percentages above 0 and up to 100', async (t) => {
  t.equal(parsePercent('25%'), 25);
  t.equal(parsePercent('25'), 25);
  t.equal(parsePercent('12.5 %'), 12.5);
  refuses(t, parsePercent, ['0', '101%', '-5', 'half', '%', '25%%']);
});

t.test('waves must grow', async (t) => {
  t.same(parseWaves('25,100'), [25, 100]);
  t.same(parseWaves('1%, 10%, 100%'), [1, 10, 100]);
  t.throws(() => parseWaves('50,25'), { code: 'USAGE', message: /25 % does not come after 50 %/ });
  t.throws(() => parseWaves('50,50'), { code: 'USAGE' });
  t.throws(() => parseWaves(Array.from({ length: 21 }, (_, index) => index + 1).join(',')), { code: 'USAGE' });
});

t.test('whole numbers have bounds', async (t) => {
  const parse = integerBetween(1, 64);
  t.equal(parse('64'), 64);
  refuses(t, parse, ['0', '65', '1.5', '-1', 'x', '99999999999999999999']);
});

t.test('packages are named name@version, with or without the v of a tag', async (t) => {
  t.same(parsePackageName('occupancy-cfc@1.2.3'), { name: 'occupancy-cfc', version: '1.2.3' });
  t.same(parsePackageName('a@v1.0.0-rc.1'), { name: 'a', version: '1.0.0-rc.1' });
  t.equal(parseVersion('v1.2.3'), '1.2.3');
  refuses(t, parsePackageName, ['@1.0.0', 'UPPER@1.0.0', '1.0.0']);
  t.throws(() => parsePackageName('occupancy-cfc'), { code: 'USAGE' });
});

t.test('a policy holds what was set, the strongest source last', async (t) => {
  const file = { soakSeconds: 10, errorRatioAlert: 0.03 };
  t.same(policyFrom({ file, settings: ['windowSeconds=30'], soakSeconds: 20, shadowSeconds: 5 }), {
    shadowSeconds: 5,
    soakSeconds: 20,
    errorRatioAlert: 0.03,
    windowSeconds: 30,
  });
  t.same(
    policyFrom({ file: {}, settings: [], soakSeconds: null, shadowSeconds: null }),
    {},
    'defaults are left to the protocol',
  );
});

t.test('a policy is refused where it is wrong: by key, by value, or as a whole', async (t) => {
  const refused = (file: unknown, settings: string[], message: RegExp) =>
    t.throws(() => policyFrom({ file, settings, soakSeconds: null, shadowSeconds: null }), { code: 'USAGE', message });
  refused({}, ['soak=1'], /soak/);
  refused({}, ['soakSeconds'], /key=number/);
  refused({}, ['soakSeconds=long'], /key=number/);
  refused({}, ['soakSeconds=-1'], /soakSeconds/);
  refused({}, ['errorRatioAlert=0.5'], /limits must grow/);
  refused([], [], /one JSON object/);
  refused(null, [], /one JSON object/);
});
