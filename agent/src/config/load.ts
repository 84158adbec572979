import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { LlnError, parseWith } from '@liquid-lln/protocol';
import { type AgentConfigFile, agentConfigSchema } from './schema.js';

/** The configuration with every file that it names read and every path made absolute. */
export interface AgentConfig extends Omit<AgentConfigFile, 'trustedKeys' | 'broker'> {
  readonly trustedKeyPems: readonly string[];
  readonly broker: { readonly url: string; readonly username: string; readonly password: string };
}

/** @throws LlnError CONFIG_INVALID, FILE_UNREADABLE */
export function loadConfig(path: string): AgentConfig {
  const folder = dirname(resolve(path));
  const { trustedKeys, broker, ...rest } = parseWith(
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
    broker: { url: broker.url, username: broker.username ?? rest.gatewayId, password: password ?? '' },
  };
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
