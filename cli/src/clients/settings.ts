import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseWith } from '@liquid-lln/protocol';
import { readUserJson } from '../adapters/files.js';
import {
  type ConnectionSettings,
  connectionFileSchema,
  type FoundFile,
  resolveConnection,
} from '../domain/connection.js';

/** The options by which every online command is told where the coordinator is. */
export interface ConnectionOptions {
  readonly broker?: string;
  readonly config?: string;
  readonly fleet?: string;
}

const fileBytesMax = 64 * 1024;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Finds out where the coordinator is: `--broker`, `LLN_BROKER`, the file of `--config` or `LLN_CONFIG`, the user's
 * configuration file, the file that a coordinator started by `liquid-lln up` left.
 * @param warn is told of a password that others on this machine can read.
 */
export function loadSettings(
  options: ConnectionOptions,
  env: Environment,
  warn: (text: string) => void,
): ConnectionSettings {
  const files = candidates(options, env)
    .map(({ path, isNamed }) => readConnectionFile(path, isNamed, warn))
    .filter((file) => file !== null);
  return resolveConnection({
    brokerOption: options.broker ?? null,
    fleetOption: options.fleet ?? null,
    env: {
      broker: settingOf(env, 'LLN_BROKER'),
      username: settingOf(env, 'LLN_USERNAME'),
      password: settingOf(env, 'LLN_PASSWORD'),
      fleet: settingOf(env, 'LLN_FLEET'),
    },
    files,
  });
}

/** Where `liquid-lln up` keeps everything, unless told otherwise. */
export function stateFolder(env: Environment): string {
  return join(settingOf(env, 'XDG_STATE_HOME') ?? join(homedir(), '.local', 'state'), 'liquid-lln');
}

/** The file by which a coordinator tells the operators of its own machine how to reach it. */
export function operatorFile(folder: string): string {
  return join(folder, 'coordinator', 'operator.json');
}

function candidates(options: ConnectionOptions, env: Environment): { path: string; isNamed: boolean }[] {
  const named = options.config ?? settingOf(env, 'LLN_CONFIG');
  const configHome = settingOf(env, 'XDG_CONFIG_HOME') ?? join(homedir(), '.config');
  return [
    ...(named === null ? [] : [{ path: named, isNamed: true }]),
    { path: join(configHome, 'liquid-lln', 'config.json'), isNamed: false },
    { path: operatorFile(stateFolder(env)), isNamed: false },
  ];
}

function readConnectionFile(path: string, isNamed: boolean, warn: (text: string) => void): FoundFile | null {
  if (!isNamed && !existsSync(path)) return null;
  const content = parseWith(connectionFileSchema, readUserJson(path, fileBytesMax), path, 'CONFIG_INVALID');
  if (content.password !== undefined && (statSync(path).mode & 0o077) !== 0) {
    warn(`warning: others on this machine may read the password in ${path}: run chmod 600 on it\n`);
  }
  return { path, isNamed, content };
}

/** An environment variable that is set to nothing counts as not set. */
function settingOf(env: Environment, name: string): string | null {
  const value = env[name];
  return value === undefined || value === '' ? null : value;
}
