import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type DeviceKind, LlnError, parseWith } from '@liquid-lln/protocol';
import { type AgentConfigFile, agentConfigSchema } from './schema.js';

/** The configuration with every file that it names read and every path made absolute. */
export interface AgentConfig extends Omit<AgentConfigFile, 'trustedKeys' | 'broker' | 'boards'> {
  readonly trustedKeyPems: readonly string[];
  readonly broker: { readonly url: string; readonly username: string; readonly password: string };
  readonly boards: readonly BoardPlace[];
}

/** A board as `connectBoard` finds it. */
export interface BoardPlace {
  readonly name: string;
  readonly address: string;
  /** The file at which the line begins. */
  readonly line: { readonly kind: 'serial' | 'unix'; readonly path: string };
  readonly kind: DeviceKind | null;
}

/** @throws LlnError CONFIG_INVALID, FILE_UNREADABLE */
export function loadConfig(path: string): AgentConfig {
  const folder = dirname(resolve(path));
  const { trustedKeys, broker, boards, ...rest } = parseWith(
    agentConfigSchema,
    parseJson(readText(path), path),
    `configuration ${path}`,
    'CONFIG_INVALID',
  );
  const { passwordFile } = broker;
  const password = passwordFile === undefined ? broker.password : readText(resolve(folder, passwordFile)).trim();
  return {
    ...rest,
    dataDir: resolve(folder, rest.dataDir),
    trustedKeyPems: trustedKeys.map((key) => readText(resolve(folder, key))),
    boards: boards.map((board) => toPlace(board, folder)),
    broker: { url: broker.url, username: broker.username ?? rest.gatewayId, password: password ?? '' },
  };
}

function toPlace(
  { name, port, socket, baudRate, kind }: AgentConfigFile['boards'][number],
  folder: string,
): BoardPlace {
  const path = resolve(folder, port ?? socket ?? '');
  const query = baudRate === undefined ? '' : `?baud=${baudRate}`;
  const [address, line] =
    port === undefined
      ? [`unix:${path}`, { kind: 'unix', path } as const]
      : [`${path}${query}`, { kind: 'serial', path } as const];
  return { name, address, line, kind: kind ?? null };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new LlnError('FILE_UNREADABLE', `cannot read ${path}`, { path }, cause);
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LlnError('CONFIG_INVALID', `${path} is not JSON`, { path }, cause);
  }
}
