import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { projectRoot } from '../fleet/project-paths.js';

const home = 'usr/lib/liquid-lln-agent';
const agentFolder = `${home}/node_modules/@liquid-lln/agent`;
const documents = 'usr/share/doc/liquid-lln-agent';
const installTimeoutMs = 600_000;

export interface DebRequest {
  /** The npm package that it is made from. */
  readonly tarball: string;
  readonly version: string;
  /** An empty place to build in. */
  readonly stage: string;
  readonly output: string;
  /** Times in the package, in seconds since 1970: the same input gives the same bytes. */
  readonly epochSeconds: number;
}

/**
 * A Debian package of the installed npm package, with the kernel built: a gateway needs no compiler, no npm and no
 * network for it. It is for this machine's architecture; the kernel picks its variant when it is loaded.
 * @returns the path of the package
 */
export function buildDeb({ tarball, version, stage, output, epochSeconds }: DebRequest): string {
  rmSync(stage, { recursive: true, force: true });
  installTree(tarball, join(stage, home));
  layOutSystemFiles(stage);
  const architecture = run('dpkg', ['--print-architecture'], stage).trim();
  writeControl(stage, version, architecture);
  normaliseModes(stage);
  mkdirSync(output, { recursive: true });
  const deb = join(output, `liquid-lln-agent_${version}_${architecture}.deb`);
  run('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', stage, deb], output, {
    SOURCE_DATE_EPOCH: `${epochSeconds}`,
  });
  return deb;
}

/** Installs the tarball as a gateway would, but runs no script of a dependency, and builds only the kernel. */
function installTree(tarball: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const args = [
    'install',
    '--omit=dev',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-save',
    '--no-package-lock',
  ];
  run('npm', [...args, tarball], folder);
  const bridge = join(folder, 'node_modules/@liquid-lln/agent/node_modules/@liquid-lln/firmware-bridge');
  run(process.execPath, [join(bridge, 'build-kernel.mjs')], folder);
  // A stamp only says for which folder the kernel was built.
  rmSync(join(bridge, 'build/liblln.stamp'));
  // What npm notes about this installation, and names of folders on this machine in it.
  for (const note of ['package.json', 'node_modules/.package-lock.json', 'node_modules/.bin'])
    rmSync(join(folder, note), { recursive: true, force: true });
}

function layOutSystemFiles(stage: string): void {
  const packaging = join(stage, agentFolder, 'packaging');
  const copy = (from: string, to: string) => cpSync(from, join(stage, to));
  copy(join(packaging, 'liquid-lln-agent.service'), 'usr/lib/systemd/system/liquid-lln-agent.service');
  copy(join(packaging, 'liquid-lln-agent.sysusers'), 'usr/lib/sysusers.d/liquid-lln-agent.conf');
  copy(join(packaging, 'agent.json'), `${documents}/examples/agent.json`);
  copy(join(projectRoot, 'LICENSE'), `${documents}/copyright`);
  copy(join(projectRoot, 'docs/AGENT.md'), `${documents}/AGENT.md`);
  const changelog = gzipSync(readFileSync(join(projectRoot, 'CHANGELOG.md')), { level: 9 });
  writeFileSync(join(stage, documents, 'changelog.gz'), changelog);
  mkdirSync(join(stage, 'usr/bin'), { recursive: true });
  symlinkSync(
    `../lib/${agentFolder.slice('usr/lib/'.length)}/bin/liquid-lln-agent.js`,
    join(stage, 'usr/bin/liquid-lln-agent'),
  );
  for (const script of ['postinst', 'prerm', 'postrm']) copy(join(packaging, 'debian', script), `DEBIAN/${script}`);
}

function writeControl(stage: string, version: string, architecture: string): void {
  const control = [
    'Package: liquid-lln-agent',
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    'Maintainer: liquid-lln <maintainers@liquid-lln.invalid>',
    `Installed-Size: ${Math.ceil(bytesBelow(stage) / 1_024)}`,
    'Depends: nodejs (>= 20.15), libc6 (>= 2.31), systemd (>= 247)',
    'Section: net',
    'Priority: optional',
    'Description: gateway daemon for liquid neural networks',
    ' Serves a signed liquid neural network on POST /inference, takes new ones in',
    ' trials, watches them, and goes back by itself when one misbehaves.',
  ];
  writeFileSync(join(stage, 'DEBIAN/control'), `${control.join('\n')}\n`);
}

/** As Debian wants them, whatever this process' umask made of them. */
function normaliseModes(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) normaliseModes(path);
    else if (entry.isFile()) chmodSync(path, isProgram(path) ? 0o755 : 0o644);
  }
}

function isProgram(path: string): boolean {
  return /\/DEBIAN\/(?:postinst|prerm|postrm)$|\/@liquid-lln\/agent\/bin\//.test(path);
}

function bytesBelow(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0)
    .reduce((total, bytes) => total + bytes, 0);
}

function run(command: string, args: readonly string[], cwd: string, env: Record<string, string> = {}): string {
  const settings = { cwd, encoding: 'utf8', timeout: installTimeoutMs, env: { ...process.env, ...env } } as const;
  return execFileSync(command, args, { ...settings, stdio: ['ignore', 'pipe', 'pipe'] });
}
