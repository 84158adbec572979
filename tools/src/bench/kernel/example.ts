import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importReference, parseSafetensors } from '@liquid-lln/firmware-bridge';
import type { NetworkDescription } from '@liquid-lln/protocol';
import { examplesFolder } from '../../fleet/project-paths.js';

/** One of the trained networks. */
export function readExample(name: string): NetworkDescription {
  const config: unknown = JSON.parse(readFileSync(join(examplesFolder, `${name}.json`), 'utf8'));
  const tensors = parseSafetensors(readFileSync(join(examplesFolder, `${name}.safetensors`)));
  return importReference(config, tensors).description;
}
