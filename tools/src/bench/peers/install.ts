import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildFolder } from '../../fleet/project-paths.js';

/**
 * The runtimes that we are compared with. Together they take over 350 MB: they are nobody's dependency, and come when
 * the first bench needs them.
 */
const peers = {
  '@tensorflow/tfjs-backend-wasm': '4.22.0',
  '@tensorflow/tfjs-core': '4.22.0',
  'onnxruntime-node': '1.30.0',
} as const;

export type PeerName = keyof typeof peers;

const installTimeoutMs = 600_000;

/** Installed runtimes. */
export class Peers {
  readonly #require: NodeJS.Require;

  private constructor(folder: string) {
    this.#require = createRequire(join(folder, 'package.json'));
  }

  /**
   * Installs what is not there yet. Install scripts do not run: the binaries are in the packages.
   * @throws Error with what npm said
   */
  static async install(say: (line: string) => void): Promise<Peers> {
    const folder = join(buildFolder, 'peers');
    if (!isInstalled(folder)) {
      say('... installing the runtimes to compare with (about a minute, 350 MB)');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: peers }));
      const args = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
      await promisify(execFile)('npm', args, { cwd: folder, timeout: installTimeoutMs });
    }
    return new Peers(folder);
  }

  /**
   * The module of a runtime. Its types are not there when we compile, so that it is checked for what we call.
   * @throws Error if it does not load, or lacks one of `members`
   */
  load(name: PeerName, members: readonly string[]): unknown {
    const module: unknown = this.#require(name);
    const missing = members.find((member) => !(typeof module === 'object' && module !== null && member in module));
    if (missing !== undefined) throw new Error(`${name} has no ${missing}`);
    return module;
  }

  /** The folder of a file that a package brings. */
  resolve(path: `${PeerName}/${string}`): string {
    return this.#require.resolve(path);
  }

  /** Names and versions, for people. */
  versions(): string {
    return Object.entries(peers)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ');
  }
}

function isInstalled(folder: string): boolean {
  return Object.entries(peers).every(([name, version]) => installedVersion(folder, name) === version);
}

function installedVersion(folder: string, name: string): string | null {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'));
    const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
    return isManifest && typeof manifest.version === 'string' ? manifest.version : null;
  } catch {
    return null; // not there, or not whole
  }
}
