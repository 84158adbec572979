import { chmodSync } from 'node:fs';
import { type ConnectionSources, loadSettings, resolveConnection } from '@liquid-lln/cli/testing';
import t from 'tap';

const nothing: ConnectionSources = {
  brokerOption: null,
  fleetOption: null,
  env: { broker: null, username: null, password: null, fleet: null },
  files: [],
};
const operatorFile = {
  path: '/state/operator.json',
  isNamed: false,
  content: { broker: 'mqtt://127.0.0.1:4000', username: 'operator', password: 'secret' },
};

t.test('without any source it is the default address, without credentials', async (t) => {
  t.match(resolveConnection(nothing), {
    brokerUrl: 'mqtt://127.0.0.1:1883',
    username: null,
    password: null,
    origin: 'the default address',
  });
});

t.test('the option counts before the variable, and the variable before the files', async (t) => {
  const env = { ...nothing.env, broker: 'mqtt://from-env' };
  const sources = { ...nothing, env, files: [operatorFile] };
  t.equal(resolveConnection({ ...sources, brokerOption: 'mqtt://from-option' }).brokerUrl, 'mqtt://from-option:1883');
  t.equal(resolveConnection(sources).brokerUrl, 'mqtt://from-env:1883');
  t.match(resolveConnection({ ...nothing, files: [operatorFile] }), {
    brokerUrl: 'mqtt://127.0.0.1:4000',
    username: 'operator',
    password: 'secret',
    origin: '/state/operator.json',
  });
});

t.test('credentials in the address come first and do not stay in it', async (t) => {
  const brokerOption = 'mqtts://jo:p%40ss@broker.example';
  const settings = resolveConnection({
    ...nothing,
    brokerOption,
    env: { ...nothing.env, username: 'x', password: 'y' },
  });
  t.match(settings, { brokerUrl: 'mqtts://broker.example:8883', username: 'jo', password: 'p@ss' });
});

t.test('a file that nobody named gives its password to its own broker only', async (t) => {
  const elsewhere = resolveConnection({ ...nothing, brokerOption: 'mqtt://elsewhere', files: [operatorFile] });
  t.match(elsewhere, { username: null, password: null });
  const same = resolveConnection({ ...nothing, brokerOption: 'mqtt://127.0.0.1:4000/', files: [operatorFile] });
  t.match(same, { username: 'operator', password: 'secret' });
  const named = { ...operatorFile, isNamed: true };
  const forced = resolveConnection({ ...nothing, brokerOption: 'mqtt://elsewhere', files: [named] });
  t.match(forced, { username: 'operator', password: 'secret' });
});

t.test('an address that is none is refused with its origin, and without showing a password', async (t) => {
  for (const brokerOption of ['localhost:1883', 'http://host', 'mqtt://', 'mqtt//u:hidden@host']) {
    const refuse = () => resolveConnection({ ...nothing, brokerOption });
    t.throws(refuse, { code: 'USAGE', message: /--broker must look like/ });
    try {
      refuse();
    } catch (thrown) {
      t.notMatch(String(thrown), /hidden/);
    }
  }
  t.throws(() => resolveConnection({ ...nothing, fleetOption: 'No Fleet' }), { code: 'USAGE' });
});

t.test('files are read from where they belong, and an open password is warned of', async (t) => {
  const operator = JSON.stringify(operatorFile.content);
  const home = t.testdir({ state: { 'liquid-lln': { coordinator: { 'operator.json': operator } } } });
  const file = `${home}/state/liquid-lln/coordinator/operator.json`;
  const env = { XDG_STATE_HOME: `${home}/state`, XDG_CONFIG_HOME: `${home}/config` };
  const warnings: string[] = [];
  const load = (options: object) => loadSettings(options, env, (text) => warnings.push(text));
  chmodSync(file, 0o600);
  t.match(load({}), { brokerUrl: 'mqtt://127.0.0.1:4000', username: 'operator', origin: file });
  t.same(warnings, []);
  chmodSync(file, 0o644);
  load({});
  t.match(warnings, [/chmod 600/]);
});

t.test('a named file must be there and hold only what it may hold', async (t) => {
  const folder = t.testdir({ 'odd.json': '{"brocker":"mqtt://x"}', 'broken.json': '{' });
  const env = { XDG_STATE_HOME: folder, XDG_CONFIG_HOME: folder };
  const load = (config: string) => () => loadSettings({ config }, env, () => undefined);
  t.throws(load(`${folder}/none.json`), { code: 'FILE_UNREADABLE' });
  t.throws(load(`${folder}/broken.json`), { code: 'FILE_UNREADABLE' });
  t.throws(load(`${folder}/odd.json`), { code: 'CONFIG_INVALID', message: /brocker/ });
});
