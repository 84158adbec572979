import { emptyRecord, isDebugging, type SlotContent, type StoreRecord } from '@liquid-lln/agent/testing';
import {
  defaultPolicy,
  digestSchema,
  generationSchema,
  type Instruction,
  packageNameSchema,
  packageVersionSchema,
  parseWith,
} from '@liquid-lln/protocol';
import t from 'tap';

function packageOf(letter: string) {
  return {
    name: parseWith(packageNameSchema, 'm', 'name'),
    version: parseWith(packageVersionSchema, '1.0.0', 'version'),
    digest: parseWith(digestSchema, letter.repeat(64), 'digest'),
  };
}

function deploying(letter: string, debug: boolean): Instruction {
  const reference = { ...packageOf(letter), sizeBytes: 1 };
  const common = { kind: 'deploy', package: reference, policy: defaultPolicy, batchSize: 8, override: null } as const;
  return debug ? { ...common, debug: true } : common;
}

function recordOf(instruction: Instruction | null, isDone: boolean, live: string | null): StoreRecord {
  const blank = emptyRecord('e1');
  const generation = parseWith(generationSchema, 1, 'generation');
  const content: SlotContent = {
    state: 'confirmed',
    package: packageOf(live ?? 'a'),
    policy: defaultPolicy,
    baselineLatencyUs: null,
    bytes: 1,
    sinceMs: 0,
  };
  return {
    ...blank,
    assignment: instruction === null ? null : { generation, rolloutId: null, instruction, isDone },
    ...(live === null ? {} : { live: 'blue' as const, slots: { ...blank.slots, blue: content } }),
  };
}

t.test('a device logs in detail while what was deployed so is on its way or serves', async (t) => {
  t.equal(isDebugging(recordOf(null, true, 'a')), false);
  t.equal(isDebugging(recordOf(deploying('b', true), false, 'a')), true, 'on its way');
  t.equal(isDebugging(recordOf(deploying('b', true), true, 'b')), true, 'it serves');
  t.equal(isDebugging(recordOf(deploying('b', true), true, 'a')), false, 'the device has left it');
  t.equal(isDebugging(recordOf(deploying('b', true), true, null)), false, 'nothing serves');
  t.equal(isDebugging(recordOf(deploying('b', false), true, 'b')), false, 'nobody asked for it');
  t.equal(isDebugging(recordOf({ kind: 'none' }, true, 'b')), false, 'it was told something else');
});
