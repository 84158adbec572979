import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kernelStatuses } from '@liquid-lln/firmware-bridge';
import { imageLimits, kernelAbi } from '@liquid-lln/protocol';
import t from 'tap';
import { projectRoot } from '../../../support/shared.js';

const header = readFileSync(join(projectRoot, 'firmware-bridge/kernel/include/lln/lln.h'), 'utf8');

/** The value of `#define NAME 123u`. */
function defined(name: string): number {
  const value = new RegExp(`#define ${name} (\\d+)`).exec(header)?.[1];
  return Number(value);
}

t.test('every status of the kernel is mapped to an error, and no other', async (t) => {
  const entries = [...header.matchAll(/LLN_ERROR_([A-Z_]+) = (-\d+)/g)].map(([, name, status]) => [
    name,
    Number(status),
  ]);
  const mapped = Object.entries(kernelStatuses).map(([name, { status }]) => [name, status]);
  t.same(mapped, entries);
});

t.test('both languages have the same limits', async (t) => {
  t.equal(defined('LLN_ABI'), kernelAbi);
  t.equal(defined('LLN_INPUTS_MAX'), imageLimits.sizeMax);
  t.equal(defined('LLN_UNITS_MAX'), imageLimits.sizeMax);
  t.equal(defined('LLN_OUTPUTS_MAX'), imageLimits.sizeMax);
  t.equal(defined('LLN_BACKBONE_LAYERS_MAX'), imageLimits.backboneLayersMax);
  t.equal(defined('LLN_WIRING_LAYERS_MAX'), imageLimits.wiringLayersMax);
  t.equal(defined('LLN_UNFOLDS_MAX'), imageLimits.unfoldsMax);
  t.equal(imageLimits.tablesMax, 3 + 2 * imageLimits.wiringLayersMax);
});
