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
import { basename, dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parseWith } from '@liquid-lln/protocol';
import * as v from 'valibot';
import { projectRoot } from '../fleet/project-paths.js';
import { manualOf, type Product } from './products.js';

const installTimeoutMs = 600_000;
const manifestSchema = v.looseObject({ dependencies: v.record(v.string(), v.string()) });

export interface DebRequest {
  readonly product: Product;
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
export function buildDeb({ product, tarball, version, stage, output, epochSeconds }: DebRequest): string {
  rmSync(stage, { recursive: true, force: true });
  installTree(product, tarball, join(stage, homeOf(product)));
  layOutSystemFiles(product, stage);
  if (product.isService) layOutService(product, stage);
  const architecture = run('dpkg', ['--print-architecture'], stage).trim();
  writeControl(product, stage, version, architecture);
  normaliseModes(stage);
  mkdirSync(output, { recursive: true });
  const deb = join(output, `${product.name}_${version}_${architecture}.deb`);
  run('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', stage, deb], output, {
    SOURCE_DATE_EPOCH: `${epochSeconds}`,
  });
  return deb;
}

function homeOf({ name }: Product): string {
  return `usr/lib/${name}`;
}

/** Where the workspace of the command lies once npm has installed it. */
function workspaceIn(home: string, { workspace }: Product): string {
  return join(home, 'node_modules/@liquid-lln', workspace);
}

function documentsOf({ name }: Product): string {
  return `usr/share/doc/${name}`;
}

/** Lays out what npm would, but runs no script of a dependency, and builds only the kernel. */
function installTree(product: Product, tarball: string, folder: string): void {
  const own = workspaceIn(folder, product);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-save', '--no-package-lock'];
  run('npm', ['install', '--omit=dev', ...quiet, ...nativeIn(tarball, product)], folder);
  // What lies there already npm would take away as needed by nobody: the tarball comes last.
  mkdirSync(own, { recursive: true });
  run('tar', ['-xzf', tarball, '--strip-components=1', '-C', own], folder);
  const bundled = join(own, 'node_modules');
  const bridge = join(bundled, '@liquid-lln/firmware-bridge');
  run(process.execPath, [join(bridge, 'build-kernel.mjs')], folder);
  // A stamp only says for which folder the kernel was built.
  rmSync(join(bridge, 'build/liblln.stamp'));
  keepOwnPlatform(join(bundled, '@serialport/bindings-cpp/prebuilds'));
  // What npm notes about this installation, and names of folders on this machine in it.
  for (const note of ['package.json', 'node_modules/.package-lock.json', 'node_modules/.bin'])
    rmSync(join(folder, note), { recursive: true, force: true });
}

/** What the tarball leaves to npm, each with its version. */
function nativeIn(tarball: string, { native }: Product): string[] {
  const manifest: unknown = JSON.parse(run('tar', ['-xzOf', tarball, 'package/package.json'], dirname(tarball)));
  const { dependencies } = parseWith(manifestSchema, manifest, tarball);
  return native.map((name) => `${name}@${dependencies[name]}`);
}

/** Serial lines' bindings travel for every platform; this package is for one. */
function keepOwnPlatform(prebuilds: string): void {
  const own = `${process.platform}-${process.arch}`;
  const platforms = readdirSync(prebuilds);
  if (!platforms.includes(own)) throw new Error(`there are no bindings of serial lines for ${own}`);
  for (const name of platforms) if (name !== own) rmSync(join(prebuilds, name), { recursive: true });
}

/** Command, manual and documents. */
function layOutSystemFiles(product: Product, stage: string): void {
  const { name, readme } = product;
  const documents = join(stage, documentsOf(product));
  cpSync(join(projectRoot, 'LICENSE'), join(documents, 'copyright'));
  cpSync(join(projectRoot, readme), join(documents, basename(readme)));
  compress(join(projectRoot, 'CHANGELOG.md'), join(documents, 'changelog.gz'));
  mkdirSync(join(stage, 'usr/bin'), { recursive: true });
  const command = join(workspaceIn(homeOf(product), product), 'bin', `${name}.js`);
  symlinkSync(relative('usr/bin', command), join(stage, 'usr/bin', name));
  if (!product.hasManual) return;
  const manual = join(stage, workspaceIn(homeOf(product), product), 'man', manualOf(product));
  compress(manual, join(stage, 'usr/share/man/man1', `${manualOf(product)}.gz`));
}

/** What systemd and dpkg need for a service. */
function layOutService(product: Product, stage: string): void {
  const { name } = product;
  const packaging = join(stage, workspaceIn(homeOf(product), product), 'packaging');
  const copy = (from: string, to: string) => cpSync(join(packaging, from), join(stage, to));
  copy(`${name}.service`, `usr/lib/systemd/system/${name}.service`);
  copy(`${name}.sysusers`, `usr/lib/sysusers.d/${name}.conf`);
  copy('agent.json', `${documentsOf(product)}/examples/agent.json`);
  for (const script of ['postinst', 'prerm', 'postrm']) copy(join('debian', script), `DEBIAN/${script}`);
}

/** The same bytes for the same content, whenever it is made. */
function compress(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, gzipSync(readFileSync(from), { level: 9 }));
}

function writeControl({ name, debian }: Product, stage: string, version: string, architecture: string): void {
  const [title, ...text] = debian.description;
  const control = [
    `Package: ${name}`,
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    'Maintainer: liquid-lln <maintainers@liquid-lln.invalid>',
    `Installed-Size: ${Math.ceil(bytesBelow(stage) / 1_024)}`,
    `Depends: ${debian.depends}`,
    'Section: net',
    'Priority: optional',
    `Description: ${title}`,
    ...text.map((line) => ` ${line}`),
  ];
  mkdirSync(join(stage, 'DEBIAN'), { recursive: true });
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
  return /\/DEBIAN\/(?:postinst|prerm|postrm)$|\/@liquid-lln\/(?:agent|cli)\/bin\//.test(path);
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
