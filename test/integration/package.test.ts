import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBoard } from '@liquid-lln/tools';
import t, { type Test } from 'tap';
import { AgentProcess } from '../support/agent/agent-process.js';
import { projectRoot } from '../support/shared.js';
import { waitFor } from '../support/wait-for.js';

t.setTimeout(600_000);

const skip = isRegistryThere() ? false : "npm's registry, which koffi comes from, cannot be reached";

function isRegistryThere(): boolean {
  return spawnSync('npm', ['view', 'koffi', 'version'], { timeout: 20_000, encoding: 'utf8' }).status === 0;
}

function makePackages(output: string, ...args: string[]): string {
  const program = join(projectRoot, 'tools/dist/package/main.js');
  const env = { ...process.env, SOURCE_DATE_EPOCH: '1700000000' };
  return execFileSync(process.execPath, [program, '--output', output, ...args], { encoding: 'utf8', env });
}

/** Starts an installed agent with a board on a serial line: it serves, and the board answers it. */
async function runWithBoard(t: Test, program: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lln-board-'));
  const board = await LocalBoard.start({ name: 'a', folder, kind: 'posix', line: 'pty' });
  const config = { boards: [{ name: 'a', port: board.address }] };
  const agent = await AgentProcess.start({ broker: 'mqtt://127.0.0.1:1', program, config });
  t.teardown(async () => {
    await agent.stop('SIGKILL');
    await board.stop();
    rmSync(folder, { recursive: true });
  });
  t.match((await agent.get('/health')).body, { status: 'not-serving' });
  const isThere = async () => (await agent.get('/health?device=gw-1.a')).body['status'] === 'not-serving';
  await waitFor('the board to answer', isThere);
  t.equal(await agent.stop(), 0);
}

t.test('the packages', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lln-package-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const made = makePackages(join(folder, 'out'));
  const tarball = join(folder, 'out/liquid-lln-agent-0.1.0.tgz');

  t.test('the tarball holds programs, kernel and dependencies, and nothing that only a checkout needs', async (t) => {
    const files = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).split('\n');
    for (const file of [
      'bin/liquid-lln-agent.js',
      'dist/main.js',
      'packaging/liquid-lln-agent.service',
      'node_modules/@liquid-lln/protocol/dist/index.js',
      'node_modules/@liquid-lln/firmware-bridge/build-kernel.mjs',
      'node_modules/@liquid-lln/firmware-bridge/compiling.mjs',
      'node_modules/@liquid-lln/firmware-bridge/dist/board/index.js',
      'node_modules/@liquid-lln/firmware-bridge/kernel/src/step.c',
      'node_modules/mqtt/package.json',
      'node_modules/serialport/package.json',
      'LICENSE',
    ])
      t.ok(files.includes(`package/${file}`), file);
    t.same(
      files.filter((file) =>
        /(?:\.map|\.tsbuildinfo|liblln\.so)$|koffi|\/kernel\/test\//.test(
          file.replace(/node_modules\/(?!@liquid).*/, ''),
        ),
      ),
      [],
    );
  });

  t.test('the same source makes the same bytes', async (t) => {
    t.equal(makePackages(join(folder, 'again')), made);
  });

  t.test('an empty folder becomes a gateway by one command', async (t) => {
    const home = join(folder, 'gateway');
    mkdirSync(home);
    writeFileSync(join(home, 'package.json'), '{"private":true}');
    execFileSync('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], { cwd: home });
    const command = join(home, 'node_modules/.bin/liquid-lln-agent');
    const installed = join(home, 'node_modules/@liquid-lln/agent');
    const library = join(installed, 'node_modules/@liquid-lln/firmware-bridge/build/liblln.so');
    t.ok(existsSync(library), 'npm has built the kernel');
    rmSync(library); // as if npm had been told to run no scripts
    execFileSync(command, ['install', '--root', join(home, 'root')]);
    t.ok(existsSync(library), 'so install has built it');
    await runWithBoard(t, command);
  });

  t.test('the Debian package', { skip: /\.deb/.test(made) ? false : 'no dpkg-deb on this machine' }, async (t) => {
    const architecture = execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim();
    const deb = join(folder, `out/liquid-lln-agent_0.1.0_${architecture}.deb`);

    t.test('says what it is and what it needs', async (t) => {
      const fields = execFileSync('dpkg-deb', ['--field', deb], { encoding: 'utf8' });
      t.match(fields, /^Package: liquid-lln-agent$/m);
      t.match(fields, /^Depends: nodejs \(>= 20\.15\)/m);
    });

    t.test('holds the built kernel, the unit and its user, all owned by root', async (t) => {
      const lines = execFileSync('dpkg-deb', ['--contents', deb], { encoding: 'utf8' }).trim().split('\n');
      const files = lines.map((line) => line.split(/\s+/)[5]);
      t.ok(files.some((file) => file?.endsWith('/firmware-bridge/build/liblln.so')));
      t.ok(files.includes('./usr/lib/systemd/system/liquid-lln-agent.service'));
      const bindings = files.filter((file) => /\/bindings-cpp\/prebuilds\/.*\.node$/.test(file ?? ''));
      t.ok(bindings.length > 0);
      t.ok(bindings.every((file) => file?.includes(`/prebuilds/linux-${process.arch}/`)));
      t.ok(files.includes('./usr/lib/sysusers.d/liquid-lln-agent.conf'));
      t.same(
        lines.filter((line) => !line.includes(' root/root ')),
        [],
      );
    });

    t.test('its unit and its command start the program that it brings', async (t) => {
      const root = join(folder, 'root');
      execFileSync('dpkg-deb', ['--extract', deb, root]);
      const unit = readFileSync(join(root, 'usr/lib/systemd/system/liquid-lln-agent.service'), 'utf8');
      const program = /^ExecStart=\/usr\/bin\/node (\S+)/m.exec(unit)?.[1] ?? '';
      t.match(spawnSync(join(root, 'usr/bin/liquid-lln-agent'), ['--help'], { encoding: 'utf8' }).stdout, /uninstall/);
      await runWithBoard(t, join(root, program));
    });
  });
});
