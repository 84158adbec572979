import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { LlnError, parseWith } from '@liquid-lln/protocol';
import { type Config, configSchema, resolvePaths } from './config.js';

/** How the program is called. */
export const usage =
  'liquid-lln-coordinator --config FILE.json | --data-dir DIR [--port 1883] [--host 127.0.0.1] [--broker URL] [--fleet NAME] [--standby]';

const options = {
  config: { type: 'string' },
  'data-dir': { type: 'string' },
  port: { type: 'string' },
  host: { type: 'string' },
  broker: { type: 'string' },
  fleet: { type: 'string' },
  standby: { type: 'boolean' },
} as const;

/**
 * The configuration from a file or from flags; flags win over the file.
 * @throws LlnError USAGE, FILE_UNREADABLE or CONFIG_INVALID
 */
export async function loadConfig(args: readonly string[]): Promise<Config> {
  const flags = parseFlags(args);
  const file = flags.config === undefined ? {} : await readJson(flags.config);
  const folder = flags.config === undefined ? process.cwd() : dirname(resolve(flags.config));
  const config = resolvePaths(
    parseWith(configSchema, merge(file, flags), 'coordinator configuration', 'CONFIG_INVALID'),
    folder,
  );
  return flags['data-dir'] === undefined ? config : { ...config, dataDir: resolve(flags['data-dir']) };
}

type Flags = ReturnType<typeof parseFlags>;

function parseFlags(args: readonly string[]) {
  try {
    const { values } = parseArgs({ args: [...args], options });
    if (values.config === undefined && values['data-dir'] === undefined)
      throw new Error('--config or --data-dir is missing');
    return values;
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new LlnError('USAGE', `${problem}\n${usage}`, {}, cause);
  }
}

function merge(file: Record<string, unknown>, flags: Flags): Record<string, unknown> {
  const listen = {
    ...(isRecord(file['listen']) ? file['listen'] : {}),
    ...(flags.host === undefined ? {} : { host: flags.host }),
    ...(flags.port === undefined ? {} : { port: Number(flags.port) }),
  };
  return {
    ...file,
    listen,
    ...(flags['data-dir'] === undefined ? {} : { dataDir: flags['data-dir'] }),
    ...(flags.broker === undefined ? {} : { broker: { url: flags.broker } }),
    ...(flags.fleet === undefined ? {} : { fleet: flags.fleet }),
    ...(flags.standby === undefined ? {} : { standby: flags.standby }),
  };
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  const content = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new LlnError('FILE_UNREADABLE', `cannot read ${path}`, { path }, cause);
  });
  try {
    const data: unknown = JSON.parse(content);
    if (isRecord(data)) return data;
  } catch (cause) {
    throw new LlnError('CONFIG_INVALID', `${path} is no JSON: ${String(cause)}`, { path }, cause);
  }
  throw new LlnError('CONFIG_INVALID', `${path} must hold an object`, { path });
}

function isRecord(data: unknown): data is Record<string, unknown> {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}
