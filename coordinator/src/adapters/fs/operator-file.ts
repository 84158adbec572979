import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseWith } from '@liquid-lln/protocol';
import * as v from 'valibot';
import { storing } from './disk-errors.js';
import { writeDurably } from './durable-file.js';

/** How an operator on this machine reaches the coordinator. Readable by its owner only. */
const operatorFileSchema = v.strictObject({ broker: v.string(), username: v.string(), password: v.string() });
export type OperatorFile = v.InferOutput<typeof operatorFileSchema>;

const ownerOnly = 0o600;

/** Null if there is none. */
export async function readOperatorFile(dataDir: string): Promise<OperatorFile | null> {
  const content = await readFile(pathOf(dataDir), 'utf8').catch(() => null);
  if (content === null) return null;
  return parseWith(operatorFileSchema, JSON.parse(content), pathOf(dataDir), 'CONFIG_INVALID');
}

export async function writeOperatorFile(dataDir: string, content: OperatorFile): Promise<void> {
  await storing(() => writeDurably(pathOf(dataDir), `${JSON.stringify(content, null, 2)}\n`, ownerOnly));
}

function pathOf(dataDir: string): string {
  return join(dataDir, 'operator.json');
}
