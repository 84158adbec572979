import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootTable, decideBoot, emptyRecord, type SlotContent, type StoreRecord } from '@liquid-lln/agent/testing';
import { defaultPolicy } from '@liquid-lln/protocol';
import t from 'tap';
import * as v from 'valibot';
import { somePackage } from '../../../support/fleet-views.js';
import { projectRoot } from '../../../support/shared.js';

const live = somePackage('2.0.0', 'b');
const previous = somePackage('1.0.0', 'a');

function content(state: 'trial' | 'confirmed' | 'staged', of: typeof live): SlotContent {
  return { state, package: of, bytes: 1, policy: defaultPolicy, baselineLatencyUs: null, sinceMs: 0 };
}

function record(liveState: 'trial' | 'confirmed' | null, target: SlotContent): StoreRecord {
  const blank = emptyRecord('e1');
  if (liveState === null) return blank;
  return { ...blank, live: 'green', slots: { blue: target, green: content(liveState, live) } };
}

t.test('the table decides every case there is', async (t) => {
  for (const state of ['none', 'trial', 'confirmed'] as const)
    for (const isLiveIntact of [true, false])
      for (const isTargetIntact of [true, false]) {
        const row = bootTable.find(
          (candidate) =>
            candidate.live === state &&
            (candidate.isLiveIntact === 'any' || candidate.isLiveIntact === isLiveIntact) &&
            (candidate.isTargetIntact === 'any' || candidate.isTargetIntact === isTargetIntact),
        );
        t.ok(row, `${state} ${isLiveIntact} ${isTargetIntact}`);
      }
});

t.test('a trial that was cut short is never kept', async (t) => {
  const before = record('trial', content('confirmed', previous));
  t.equal(decideBoot(before, { blue: previous.digest, green: live.digest }), 'revert');
  t.equal(decideBoot(before, { blue: previous.digest, green: null }), 'revert');
  t.equal(decideBoot(before, { blue: null, green: live.digest }), 'abandon');
  t.equal(decideBoot(record('trial', { state: 'empty' }), { blue: null, green: live.digest }), 'abandon');
});

t.test('a confirmed package is kept, or left only because it is damaged', async (t) => {
  const before = record('confirmed', content('confirmed', previous));
  t.equal(decideBoot(before, { blue: previous.digest, green: live.digest }), 'keep');
  t.equal(decideBoot(before, { blue: previous.digest, green: previous.digest }), 'fall-back');
  t.equal(decideBoot(before, { blue: null, green: null }), 'none');
});

t.test('a package that was staged and never confirmed is no way back', async (t) => {
  const before = record('confirmed', content('staged', previous));
  t.equal(decideBoot(before, { blue: previous.digest, green: null }), 'none');
});

const decisionsSchema = v.array(
  v.strictObject({
    live: v.picklist(['none', 'trial', 'confirmed']),
    isLiveIntact: v.boolean(),
    isTargetIntact: v.boolean(),
    action: v.string(),
  }),
);

t.test('the decisions are those of protocol/vectors, which boards are held to as well', async (t) => {
  const file = join(projectRoot, 'protocol/vectors/boot-decisions.json');
  const decisions = v.parse(decisionsSchema, JSON.parse(readFileSync(file, 'utf8')));
  const cases = new Set(decisions.map((row) => `${row.live} ${row.isLiveIntact} ${row.isTargetIntact}`));
  t.equal(cases.size, 12, 'every combination of facts');
  for (const { live: state, isLiveIntact, isTargetIntact, action } of decisions) {
    const before = record(state === 'none' ? null : state, content('confirmed', previous));
    const found = { blue: isTargetIntact ? previous.digest : null, green: isLiveIntact ? live.digest : null };
    t.equal(decideBoot(before, found), action, `${state} ${isLiveIntact} ${isTargetIntact}`);
  }
});
