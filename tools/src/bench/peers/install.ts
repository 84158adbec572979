import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildFolder } from '../../fleet/project-paths.js';

/**
 * What we are compared with and measured by. Together they take over 350 MB: they are nobody's dependency, and come when
 * the first bench needs them.
 */
const peers = {
  '@tensorflow/tfjs-backend-wasm': '4.22.0',
  '@tensorflow/tfjs-core': '4.22.0',
  autocannon: '8.0.0',
  fastify: '5.12.8',
  'onnxruntime-node': '1.30.0',
} as const;

export type PeerName = keyof typeof peers;

const allNames = Object.keys(peers) as PeerName[];

const installTimeoutMs = 600_000;

/** Installed runtimes. */
export class Peers {
  readonly #names: readonly PeerName[];
  readonly #require: NodeJS.Require;

  private constructor(folder: string, names: readonly PeerName[]) {
    this.#names = names;
    this.#require = createRequire(join(folder, 'package.json'));
  }

  /**
   * Installs those of `names` that are not there yet, beside what is there. Install scripts do not run: the binaries are in the packages.
   * @throws Error with what npm said
   */
  static async install(names: readonly PeerName[], say: (line: string) => void): Promise<Peers> {
    const folder = join(buildFolder, 'peers');
    const missing = names.filter((name) => !isInstalled(folder, name));
    if (missing.length > 0) {
      say(`... installing ${missing.join(', ')} (about a minute, up to 350 MB)`);
      mkdirSync(folder, { recursive: true });
      // What is there and not named here would go.
      const wanted = allNames.filter((name) => names.includes(name) || isInstalled(folder, name));
      const dependencies = Object.fromEntries(wanted.map((name) => [name, peers[name]]));
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
      const args = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
      await promisify(execFile)('npm', args, { cwd: folder, timeout: installTimeoutMs });
    }
    return new Peers(folder, names);
  }

  /**
   * The module of a runtime. Its types are not there when we compile, so that it is checked for what we call.
   * @throws Error if it does not load, or lacks one of `members`
   */
  load(name: PeerName, members: readonly string[]): unknown {
    const module: unknown = this.#require(name);
    const isModule = (typeof module === 'object' && module !== null) || typeof module === 'function';
    const missing = members.find((member) => !(isModule && member in module));
    if (missing !== undefined) throw new Error(`${name} has no ${missing}`);
    return module;
  }

  /** The folder of a file that a package brings. */
  resolve(path: `${PeerName}/${string}`): string {
    return this.#require.resolve(path);
  }

  /** Names and versions, for people. */
  versions(): string {
    return this.#names.map((name) => `${name} ${peers[name]}`).join(', ');
  }
}

function isInstalled(folder: string, name: PeerName): boolean {
  return installedVersion(folder, name) === peers[name];
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
