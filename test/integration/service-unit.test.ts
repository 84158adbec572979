import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderUnit, serviceGroups, serviceUser } from '@liquid-lln/agent/testing';
import t, { type Test } from 'tap';
import { projectRoot } from '../support/shared.js';

t.setTimeout(60_000);

const program = join(projectRoot, 'agent/bin/liquid-lln-agent.js');
const unit = readFileSync(join(projectRoot, 'agent/packaging/liquid-lln-agent.service'), 'utf8');
const unitPath = 'etc/systemd/system/liquid-lln-agent.service';
const exposureMax = 2;

/** Runs `liquid-lln-agent`, and keeps what it prints. */
function runAgentCommand(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** The exact options differ between versions of systemd: older ones cannot judge a file. */
function hasSystemdAnalyze(): boolean {
  const { status, stdout } = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' });
  return status === 0 && Number(/^systemd (\d+)/.exec(stdout)?.[1]) >= 250;
}
const skip = hasSystemdAnalyze() ? false : 'no systemd-analyze of systemd 250 or newer (apt-get install systemd)';

/** A file with the unit as `install` writes it here. */
function writeUnit(t: Test): string {
  const path = join(t.testdir(), 'liquid-lln-agent.service');
  writeFileSync(path, renderUnit({ unit, node: process.execPath, program }));
  return path;
}

t.test('systemd has nothing to say against the unit', { skip }, async (t) => {
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', writeUnit(t)], { encoding: 'utf8' });
  t.equal(status, 0);
  const own = stderr.split('\n').filter((line) => line.includes('liquid-lln'));
  t.same(own, []);
});

t.test('a setting that systemd does not know would be found', { skip }, async (t) => {
  const path = writeUnit(t);
  writeFileSync(path, readFileSync(path, 'utf8').replace('ProtectHome=', 'ProtectHouse='));
  const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', path], { encoding: 'utf8' });
  t.match(stderr, /ProtectHouse/);
});

t.test('the service is exposed to little', { skip }, async (t) => {
  const args = ['security', '--offline=true', '--no-pager', writeUnit(t)];
  const exposure = Number(
    /exposure level[^:]*: ([\d.]+)/.exec(execFileSync('systemd-analyze', args, { encoding: 'utf8' }))?.[1],
  );
  t.ok(exposure > 0 && exposure <= exposureMax, `exposure ${exposure}`);
});

t.test('the unit lets the agent at every kind of serial line, and doctor knows its user and groups', async (t) => {
  for (const driver of ['ttyACM', 'ttyUSB', 'ttyS', 'ttyAMA']) t.match(unit, `\nDeviceAllow=char-${driver} rw\n`);
  t.match(unit, '\nDevicePolicy=closed\n');
  t.match(unit, `\nUser=${serviceUser}\n`);
  t.match(unit, `\nSupplementaryGroups=${serviceGroups.join(' ')}\n`);
});

t.test('install writes unit, user and a first configuration, and says so', async (t) => {
  const root = t.testdir();
  const { status, stdout } = runAgentCommand('install', '--root', root);
  t.equal(status, 0);
  for (const file of [unitPath, 'etc/sysusers.d/liquid-lln-agent.conf', 'etc/liquid-lln/agent.json'])
    t.match(stdout, `write   ${join(root, file)}`);
  t.match(stdout, /leave {3}systemctl daemon-reload/, 'commands would change this machine');
  t.match(readFileSync(join(root, unitPath), 'utf8'), `ExecStart=${process.execPath} ${program} --config /etc/`);
  t.equal(statSync(join(root, 'etc/liquid-lln/agent.json')).mode & 0o777, 0o640);
  t.equal(statSync(join(root, 'etc/liquid-lln')).mode & 0o777, 0o750);
});

t.test('install again keeps the configuration and replaces an old unit', async (t) => {
  const root = t.testdir({
    etc: { 'liquid-lln': { 'agent.json': '{"mine":1}' }, systemd: { system: { 'liquid-lln-agent.service': 'old' } } },
  });
  const { status, stdout } = runAgentCommand('install', '--root', root);
  t.equal(status, 0);
  t.equal(readFileSync(join(root, 'etc/liquid-lln/agent.json'), 'utf8'), '{"mine":1}');
  t.match(stdout, `replace ${join(root, unitPath)}`);
  t.match(runAgentCommand('install', '--root', root).stdout, `keep    ${join(root, unitPath)}`);
});

t.test('a dry run says the same and does nothing', async (t) => {
  const root = t.testdir();
  const { status, stdout } = runAgentCommand('install', '--dry-run', '--root', root);
  t.equal(status, 0);
  t.match(stdout, `write   ${join(root, unitPath)}`);
  t.notOk(existsSync(join(root, 'etc')));
});

t.test('uninstall takes the unit away and leaves what people wrote', async (t) => {
  const root = t.testdir();
  runAgentCommand('install', '--root', root);
  t.equal(runAgentCommand('uninstall', '--root', root).status, 0);
  t.notOk(existsSync(join(root, unitPath)));
  t.ok(existsSync(join(root, 'etc/liquid-lln/agent.json')));
  const again = runAgentCommand('uninstall', '--root', root);
  t.equal(again.status, 0);
  t.match(again.stdout, `absent  ${join(root, unitPath)}`);
});

t.test('what stands in the way is said with its path', async (t) => {
  const root = t.testdir({ etc: 'a file' });
  const { status, stderr } = runAgentCommand('install', '--root', root);
  t.equal(status, 1);
  t.match(stderr, /^FILE_UNREADABLE: cannot read .*\/etc\/sysusers\.d/);
});

t.test('wrong words are answered with the right ones', async (t) => {
  for (const args of [['instal'], ['install', '--hurry'], ['doctor', 'now']]) {
    const { status, stderr } = runAgentCommand(...args);
    t.equal(status, 2, args.join(' '));
    t.match(stderr, /^USAGE: [^\n]+\nliquid-lln-agent --config FILE\.json/);
  }
  t.match(runAgentCommand('--help'), { status: 0, stdout: /uninstall/ });
});

t.test('doctor names what is wrong and what to do', async (t) => {
  const folder = t.testdir({ 'trusted.pub': 'irrelevant here' });
  const config = join(folder, 'agent.json');
  const write = (url: string) => {
    const content = { gatewayId: 'gw-1', dataDir: 'data', trustedKeys: ['trusted.pub'], broker: { url } };
    writeFileSync(config, JSON.stringify(content));
  };
  write('mqtt://127.0.0.1:1');
  const { status, stdout } = runAgentCommand('doctor', '--config', config, '--json');
  t.equal(status, 1);
  const { findings } = JSON.parse(stdout) as { findings: { name: string; ok: boolean; remedy: string | null }[] };
  const wrong = findings.filter(({ ok }) => !ok);
  t.match(wrong, [{ name: 'broker', detail: /ECONNREFUSED/, remedy: /broker\.url/ }]);
  const names = ['Node.js', 'kernel', 'clock', 'serial ports', 'configuration', 'data folder', 'disk', 'broker'];
  t.same(
    findings.map(({ name }) => name),
    names,
  );
  t.match(runAgentCommand('doctor', '--config', join(folder, 'none.json')), {
    status: 1,
    stdout: /WRONG configuration: cannot read .*none\.json\n {6}\w/,
  });
});

t.test('doctor sees that a file stands where the folder should be', async (t) => {
  const folder = t.testdir({ 'trusted.pub': '' });
  const config = join(folder, 'agent.json');
  const broker = { url: 'mqtt://127.0.0.1:1' };
  const content = { gatewayId: 'g', dataDir: 'trusted.pub/data', trustedKeys: ['trusted.pub'], broker };
  writeFileSync(config, JSON.stringify(content));
  t.match(runAgentCommand('doctor', '--config', config).stdout, /WRONG data folder: .*\n {6}Make .* writable/);
});

/** A program that has a device open, until the test is over. */
async function holdOpen(t: Test, device: string, ...args: string[]): Promise<number | undefined> {
  const script = `require('node:fs').openSync('${device}', 'r+'); console.log('open'); setInterval(() => {}, 1e6)`;
  const child = spawn(process.execPath, ['-e', script, '--', ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'exit');
  t.teardown(async () => {
    child.kill();
    await ended;
  });
  await once(child.stdout, 'data');
  return child.pid;
}

t.test('doctor looks at the ports of the boards', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lln-')); // the address of a socket has room for 107 bytes
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['trusted.pub', 'no-device']) writeFileSync(join(folder, name), '');
  const config = join(folder, 'agent.json');
  const socket = join(folder, 'board');
  const server = createServer().listen(socket);
  await once(server, 'listening');
  t.teardown(() => server.close());
  const boards = [
    { name: 'free', port: '/dev/full' },
    { name: 'missing', port: '/dev/serial/by-id/none' },
    { name: 'file', port: 'no-device' },
    { name: 'socket', socket },
  ];
  const broker = { url: 'mqtt://127.0.0.1:1' };
  writeFileSync(
    config,
    JSON.stringify({ gatewayId: 'gw-1', dataDir: 'data', trustedKeys: ['trusted.pub'], broker, boards }),
  );
  const examine = () => runAgentCommand('doctor', '--config', config).stdout;
  t.match(examine(), /ok {4}board free: \/dev\/full\n/);
  t.match(examine(), /WRONG board missing: .*there is no such serial device\n {6}Plug/);
  t.match(examine(), /WRONG board file: .*this is no serial device\n {6}Correct/);
  t.match(examine(), /ok {4}board socket: /);
  await holdOpen(t, '/dev/full', '--config', config);
  t.match(examine(), /ok {4}board free: /, 'the agent of this configuration may have it');
  const stranger = await holdOpen(t, '/dev/full', '--config', '/elsewhere.json');
  t.match(examine(), new RegExp(`WRONG board free: .*process ${stranger} \\(node\\) has it\\n {6}End that`));
});
