import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseWith } from '@liquid-lln/protocol';
import * as v from 'valibot';
import { projectRoot } from '../fleet/project-paths.js';
import { type LockedPackages, lockedFor } from './locked-packages.js';

const manifestSchema = v.looseObject({
  name: v.string(),
  version: v.string(),
  files: v.array(v.string()),
  dependencies: v.record(v.string(), v.string()),
});
type Manifest = v.InferOutput<typeof manifestSchema>;

/** Workspaces that travel inside the agent's package: they are in no registry. */
const bundledFolders = ['protocol', 'firmware-bridge'] as const;

/** Where `build-kernel.mjs` lies in the package. */
const kernelBuild = 'node_modules/@liquid-lln/firmware-bridge/build-kernel.mjs';

/** Has a binary for each platform, which npm chooses where it installs. */
const nativeDependency = 'koffi';

/**
 * Packs agent, bridge and protocol as one tarball that npm installs anywhere. What they depend on travels with them, as
 * it was tested: npm takes no notice of a lock file in a tarball. Only koffi, of exactly our version, comes from the
 * registry. The kernel travels as source and is built when it is installed.
 * @returns the path of the tarball
 */
export function packNpm(stage: string, output: string): string {
  rmSync(stage, { recursive: true, force: true });
  const agent = copyWorkspace('agent', stage);
  const workspaces = bundledFolders.map((folder) =>
    copyWorkspace(folder, join(stage, 'node_modules', readManifest(folder).name)),
  );
  const locked = lockedFor(JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8')), 'agent');
  for (const path of locked.keys()) if (isBundled(path, locked)) copyDependency(path, stage);
  cpSync(join(projectRoot, 'LICENSE'), join(stage, 'LICENSE'));
  cpSync(join(projectRoot, 'docs/AGENT.md'), join(stage, 'README.md'));
  writeJson(join(stage, 'package.json'), publishedManifest(agent, workspaces, locked));
  mkdirSync(output, { recursive: true });
  const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', output];
  const made = execFileSync('npm', args, { cwd: stage, encoding: 'utf8' }).trim();
  const tarball = join(output, `liquid-lln-agent-${agent.version}.tgz`);
  renameSync(join(output, made), tarball);
  return tarball;
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

function isBundled(path: string, locked: LockedPackages): boolean {
  return locked.get(path)?.optional !== true && path !== `node_modules/${nativeDependency}`;
}

function copyDependency(path: string, stage: string): void {
  const isOwn = (file: string) => !file.slice(path.length).includes('/node_modules');
  cpSync(join(projectRoot, path), join(stage, path), {
    recursive: true,
    filter: (file) => isOwn(relative(projectRoot, file)),
  });
}

function publishedManifest(agent: Manifest, workspaces: readonly Manifest[], locked: LockedPackages): object {
  const names = [...locked.keys()]
    .filter((path) => isBundled(path, locked) && path.lastIndexOf('node_modules/') === 0)
    .map((path) => path.slice('node_modules/'.length));
  const needed = Object.assign({}, ...workspaces.map(({ dependencies }) => dependencies), agent.dependencies) as object;
  const version = locked.get(`node_modules/${nativeDependency}`)?.version;
  if (version === undefined) throw new Error(`the lock file lacks ${nativeDependency}`);
  return {
    ...agent,
    scripts: { postinstall: `node ${kernelBuild}` },
    dependencies: { ...needed, [nativeDependency]: version },
    bundleDependencies: [...workspaces.map(({ name }) => name), ...names],
  };
}

function writeJson(path: string, content: object): void {
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
}
