import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ImportedModel,
  importReference,
  parseReferenceVectors,
  parseSafetensors,
  type ReferenceVectors,
} from '@liquid-lln/firmware-bridge';

const suffix = '.vectors.json';

/** The names of all networks in the reference folder. */
export function referenceNames(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(suffix))
    .map((file) => file.slice(0, -suffix.length));
}

export function readReferenceModel(folder: string, name: string): ImportedModel {
  const config: unknown = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  return importReference(config, parseSafetensors(readFileSync(join(folder, `${name}.safetensors`))));
}

export function readReferenceVectors(folder: string, name: string): ReferenceVectors {
  return parseReferenceVectors(JSON.parse(readFileSync(join(folder, name + suffix), 'utf8')));
}
