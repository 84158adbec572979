import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { LocalBoard } from '@liquid-lln/tools';
import t, { type Test } from 'tap';
import * as v from 'valibot';
import { AgentProcess } from '../support/agent/agent-process.js';
import { projectRoot } from '../support/shared.js';
import { startCli } from '../support/start-cli.js';
import { waitFor } from '../support/wait-for.js';

t.setTimeout(900_000);

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

/** Starts what `up` starts with nothing but what the package brought: a coordinator, and an agent that it lets in. */
async function tryOut(t: Test, command: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lln-up-'));
  const cli = startCli(['up', '--data-dir', folder, '--port', '0', '--json'], command);
  t.teardown(async () => {
    cli.signal('SIGTERM');
    await cli.ended;
    rmSync(folder, { recursive: true });
  });
  const { agentUrl } = v.parse(v.object({ agentUrl: v.string() }), JSON.parse(await cli.untilStdout(/^(\{.*\})\n/)));
  t.match(await (await fetch(`${agentUrl}/health`)).json(), { status: 'not-serving' });
}

/** Texts of a page in the macros of man(7), by the headings above them. @throws Error at a line that none of them allows */
function sectionsOf(page: string): Map<string, string[]> {
  const sections = new Map<string, string[]>();
  let text: string[] = [];
  for (const line of page.trimEnd().split('\n')) {
    const [, macro, rest = ''] = /^\.(?<macro>\S+) ?(?<rest>.*)$/.exec(line) ?? [];
    if (macro === 'SH' || macro === 'SS') {
      text = [];
      sections.set(rest.replaceAll('\\-', '-'), text);
    } else if (macro === undefined || ['B', 'I', 'TP', 'PP', 'nf', 'fi', 'TH'].includes(macro)) text.push(line);
    else throw new Error(`${line} is in no macro of man(7) that the manual uses`);
  }
  return sections;
}

/** A manual tells of every command of the program that it came with, and `man` has nothing to say against it. */
function checkManual(t: Test, file: string, command: string): void {
  const page = file.endsWith('.gz') ? gunzipSync(readFileSync(file)).toString() : readFileSync(file, 'utf8');
  t.match(page, /^\.TH LIQUID\\?-LLN 1 /);
  const sections = sectionsOf(page);
  t.match(sections.get('NAME'), [/^liquid\\-lln \\- \S/]);
  const help = execFileSync(command, ['help'], { encoding: 'utf8' });
  const commands = [...help.matchAll(/^ {2}([a-z]+)[ |]/gm)].map(([, name]) => name ?? '');
  t.ok(commands.length > 20, help);
  t.same(
    commands.filter((name) => name !== 'help' && !sections.has(name)),
    [],
    'every command has its section',
  );
  const man = spawnSync('man', ['--warnings', '-l', file], {
    encoding: 'utf8',
    env: { ...process.env, MANPAGER: 'cat' },
  });
  if (man.error !== undefined) {
    t.comment('there is no man here to show it');
    return;
  }
  t.match(man.stdout, /EXIT STATUS/);
  t.same([man.status, man.stderr], [0, '']);
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

  t.test('the tarball for operators holds the coordinator, too, and the manual', async (t) => {
    const operators = join(folder, 'out/liquid-lln-0.1.0.tgz');
    const files = execFileSync('tar', ['-tzf', operators], { encoding: 'utf8' }).split('\n');
    for (const file of [
      'bin/liquid-lln.js',
      'man/liquid-lln.1',
      'node_modules/@liquid-lln/agent/dist/main.js',
      'node_modules/@liquid-lln/coordinator/dist/main.js',
      'node_modules/kysely/package.json',
    ])
      t.ok(files.includes(`package/${file}`), file);
    t.same(
      files.filter((file) => /package\/node_modules\/(?:@?libsql|koffi)\//.test(file)),
      [],
      'npm picks these by platform',
    );
  });

  t.test("one command brings the operators' command and its manual to a machine", async (t) => {
    const prefix = join(folder, 'operator');
    const tarball = join(folder, 'out/liquid-lln-0.1.0.tgz');
    const args = ['install', '--global', '--prefix', prefix, '--prefer-offline', '--no-audit', '--no-fund', tarball];
    execFileSync('npm', args);
    checkManual(t, join(prefix, 'share/man/man1/liquid-lln.1'), join(prefix, 'bin/liquid-lln'));
    await tryOut(t, join(prefix, 'bin/liquid-lln'));
  });

  t.test('the same source makes the same bytes', async (t) => {
    const again = makePackages(join(folder, 'again'), '--only', 'liquid-lln-agent');
    t.match(again, /^\S+ {2}liquid-lln-agent-0/);
    t.ok(made.startsWith(again), `${made} begins with ${again}`);
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

    t.test("the operators' one holds a command that works, and its manual where `man` looks", async (t) => {
      const root = join(folder, 'operator-root');
      execFileSync('dpkg-deb', ['--extract', join(folder, `out/liquid-lln_0.1.0_${architecture}.deb`), root]);
      checkManual(t, join(root, 'usr/share/man/man1/liquid-lln.1.gz'), join(root, 'usr/bin/liquid-lln'));
      await tryOut(t, join(root, 'usr/bin/liquid-lln'));
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
