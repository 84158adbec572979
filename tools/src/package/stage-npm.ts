import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseWith } from '@liquid-lln/protocol';
import * as v from 'valibot';
import { programs, projectRoot } from '../fleet/project-paths.js';
import { type LockedPackages, lockedFor } from './locked-packages.js';
import { manualOf, type Product } from './products.js';

const manifestSchema = v.looseObject({
  name: v.string(),
  version: v.string(),
  files: v.array(v.string()),
  dependencies: v.record(v.string(), v.string()),
});
type Manifest = v.InferOutput<typeof manifestSchema>;

/** Where `build-kernel.mjs` lies in the package. */
const kernelBuild = 'node_modules/@liquid-lln/firmware-bridge/build-kernel.mjs';

/**
 * Packs a workspace and those that it needs as one tarball that npm installs anywhere. What they depend on travels with
 * them, as it was tested: npm takes no notice of a lock file in a tarball. Only what has binaries, of exactly our version,
 * comes from the registry. The kernel travels as source and is built when it is installed.
 * @returns the path of the tarball
 */
export function packNpm(product: Product, stage: string, output: string): string {
  rmSync(stage, { recursive: true, force: true });
  const own = copyWorkspace(product.workspace, stage);
  const bundled = product.bundled.map((folder) => {
    const target = join(stage, 'node_modules', readManifest(folder).name);
    const manifest = copyWorkspace(folder, target);
    writeJson(join(target, 'package.json'), withoutNative(product, manifest));
    return manifest;
  });
  const lock: unknown = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8'));
  const locked = lockedFor(lock, product.workspace);
  const travels = travelling(product, lock, locked);
  for (const path of travels) copyDependency(path, stage);
  cpSync(join(projectRoot, 'LICENSE'), join(stage, 'LICENSE'));
  cpSync(join(projectRoot, product.readme), join(stage, 'README.md'));
  if (product.hasManual) writeManual(product, stage);
  writeJson(join(stage, 'package.json'), publishedManifest(product, { own, bundled, locked, travels }));
  mkdirSync(output, { recursive: true });
  const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', output];
  const made = execFileSync('npm', args, { cwd: stage, encoding: 'utf8' }).trim();
  const tarball = join(output, `${product.name}-${own.version}.tgz`);
  renameSync(join(output, made), tarball);
  return tarball;
}

/** The manual that the command prints of itself. */
function writeManual(product: Product, stage: string): void {
  const manual = execFileSync(process.execPath, [programs.cli, 'man'], { encoding: 'utf8' });
  mkdirSync(join(stage, 'man'));
  writeFileSync(join(stage, 'man', manualOf(product)), manual);
}

/** Copies what a workspace publishes; sources that only a checkout has are not what maps could lead to. */
function copyWorkspace(folder: string, target: string): Manifest {
  const manifest = readManifest(folder);
  for (const file of [...manifest.files, 'package.json']) {
    const isWanted = (path: string) => !/\.(?:map|tsbuildinfo)$/.test(path);
    cpSync(join(projectRoot, folder, file), join(target, file), { recursive: true, filter: isWanted });
  }
  return manifest;
}

function readManifest(folder: string): Manifest {
  const path = join(projectRoot, folder, 'package.json');
  return parseWith(manifestSchema, JSON.parse(readFileSync(path, 'utf8')), path);
}

/** npm takes what a bundled package depends on for bundled itself, and installs an empty folder. */
function withoutNative({ native }: Product, manifest: Manifest): Manifest {
  const dependencies = Object.entries(manifest.dependencies).filter(([name]) => !native.includes(name));
  return { ...manifest, dependencies: Object.fromEntries(dependencies) };
}

/** What is in the tarball: all but what npm picks by platform, and what only that needs. npm would pack no more either. */
function travelling({ workspace, native }: Product, lock: unknown, locked: LockedPackages): string[] {
  const optional = [...locked].flatMap(([path, of]) => (of.optional === true ? [path] : []));
  return [...lockedFor(lock, workspace, [...optional, ...native.map((name) => `node_modules/${name}`)]).keys()];
}

function copyDependency(path: string, stage: string): void {
  const isOwn = (file: string) => !file.slice(path.length).includes('/node_modules');
  cpSync(join(projectRoot, path), join(stage, path), {
    recursive: true,
    filter: (file) => isOwn(relative(projectRoot, file)),
  });
}

interface Parts {
  readonly own: Manifest;
  readonly bundled: readonly Manifest[];
  readonly locked: LockedPackages;
  readonly travels: readonly string[];
}

function publishedManifest(product: Product, { own, bundled, locked, travels }: Parts): object {
  const names = travels
    .filter((path) => path.lastIndexOf('node_modules/') === 0)
    .map((path) => path.slice('node_modules/'.length));
  const needed = Object.assign({}, ...bundled.map(({ dependencies }) => dependencies), own.dependencies) as object;
  const native = product.native.map((name) => [name, versionOf(name, locked)] as const);
  return {
    ...own,
    ...(product.hasManual ? { files: [...own.files, 'man'], man: [`./man/${manualOf(product)}`] } : {}),
    scripts: { postinstall: `node ${kernelBuild}` },
    dependencies: { ...needed, ...Object.fromEntries(native) },
    bundleDependencies: [...bundled.map(({ name }) => name), ...names],
  };
}

function versionOf(name: string, locked: LockedPackages): string {
  const version = locked.get(`node_modules/${name}`)?.version;
  if (version === undefined) throw new Error(`the lock file lacks ${name}`);
  return version;
}

function writeJson(path: string, content: object): void {
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
}
