import {
  emptyRecord,
  rollbackTarget,
  type SlotEvent,
  type StoreRecord,
  standbySlot,
  storeRecordSchema,
  transition,
} from '@liquid-lln/agent/testing';
import {
  type Digest,
  defaultPolicy,
  digestSchema,
  type PackageIdentity,
  parseWith,
  type SlotName,
} from '@liquid-lln/protocol';
import fc from 'fast-check';
import t from 'tap';
import { isolation } from '../../../support/agent/documents.js';
import { somePackage } from '../../../support/fleet-views.js';

const packages = ['a', 'b', 'c', 'd'].map((digit) => somePackage(`1.0.${digit.charCodeAt(0)}`, digit));

/** The agent's side of a transition, with files instead of a disk: what a run of events leaves behind. */
interface World {
  record: StoreRecord;
  /** What each slot's file holds. */
  files: Record<SlotName, Digest | null>;
  generation: number;
  /** Whether there was ever a confirmed package. */
  hadConfirmed: boolean;
  /** What was confirmed and live when the running trial began. */
  wayBack: Digest | null;
}

type Action =
  | { readonly kind: 'deploy'; readonly index: number }
  | { readonly kind: 'trial' | 'confirm' | 'revert' | 'quarantine' | 'complete' | 'hold' | 'unstage' | 'drill' }
  /** The file that was put aside comes back, if there is one. */
  | { readonly kind: 'end-drill' }
  | { readonly kind: 'isolation'; readonly revision: number; readonly isolated: boolean }
  /** A power cut, in the middle of moving a file or not. */
  | { readonly kind: 'restart' };

// Weighted so that a run often gets as far as a second trial.
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('deploy' as const), index: fc.nat({ max: packages.length - 1 }) }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('trial' as const, 'confirm' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('revert' as const, 'quarantine' as const, 'hold' as const, 'unstage' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('complete' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('drill' as const, 'end-drill' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('isolation' as const),
      revision: fc.integer({ min: 1, max: 9 }),
      isolated: fc.boolean(),
    }),
  },
);

function apply(world: World, event: SlotEvent): void {
  const { record, effects } = transition(world.record, event, 1_000);
  world.record = record;
  for (const { slot } of effects) world.files[slot] = null;
}

function deploy(world: World, wanted: PackageIdentity): void {
  world.generation += 1;
  const instruction = {
    kind: 'deploy' as const,
    package: { ...wanted, sizeBytes: 10 },
    policy: defaultPolicy,
    batchSize: 1,
    override: world.record.quarantined.includes(wanted.digest) ? 'try it again' : null,
  };
  const generation = world.generation as StoreRecord['generation'];
  apply(world, { kind: 'accepted', assignment: { generation, rolloutId: null, instruction } });
  const before = world.record;
  apply(world, { kind: 'placing', package: wanted, bytes: 10, policy: defaultPolicy });
  if (world.record === before) return;
  world.files[standbySlot(world.record)] = wanted.digest;
  apply(world, { kind: 'staged', bytesWritten: 12 });
}

const revert = { kind: 'revert-decided', breach: null, detail: 'it misbehaves' } as const;

const simpleEvents: Readonly<
  Record<Exclude<Action['kind'], 'deploy' | 'isolation' | 'restart' | 'end-drill'>, SlotEvent>
> = {
  trial: { kind: 'trial-started', policy: defaultPolicy, baseline: null },
  confirm: { kind: 'confirmed', evidence: 298, soakedSeconds: 60 },
  revert: { ...revert, cause: 'deadline', isQuarantined: false },
  quarantine: { ...revert, cause: 'policy', isQuarantined: true },
  complete: { kind: 'revert-completed', tripToServingMs: 1, requestsServed: 1, requestsFailed: 0 },
  hold: { kind: 'settled', result: 'held', detail: 'stop' },
  unstage: { kind: 'unstaged' },
  drill: { kind: 'drill-started', policy: defaultPolicy },
};

function endDrill(world: World): void {
  const { drill, trial, revert: pending } = world.record;
  if (drill !== null && trial === null && pending === null) world.files[drill.slot] = drill.content.package.digest;
  apply(world, { kind: 'drill-ended', isRestored: true });
}

function perform(world: World, next: Action): void {
  const { live, slots, trial } = world.record;
  const before = live === null ? null : slots[live];
  if (trial === null) world.wayBack = before?.state === 'confirmed' ? before.package.digest : null;
  if (next.kind === 'restart') {
    apply(world, { kind: 'booted', found: { ...world.files }, agentVersion: '1', recovered: '', machineBootId: null });
  } else if (next.kind === 'isolation') {
    apply(world, { kind: 'isolation-told', told: isolation(next.revision, next.isolated) });
  } else if (next.kind === 'end-drill') endDrill(world);
  else if (next.kind === 'deploy') deploy(world, packages[next.index] ?? somePackage());
  else apply(world, simpleEvents[next.kind]);
}

/** What no run of events may lead to; null if all is well. */
function findFault({ record, files, hadConfirmed, wayBack }: World): string | null {
  const { live, slots, trial, drill } = record;
  if (hadConfirmed && live === null) return 'nothing can serve though something could once';
  if (live !== null) {
    const content = slots[live];
    if (content.state !== 'trial' && content.state !== 'confirmed') return `the live slot is ${content.state}`;
    if (files[live] !== content.package.digest) return 'the live file is not the live package';
    if (drill !== null && trial !== null && drill.slot !== live) return 'a drill tries what does not serve';
    if ((content.state === 'trial') !== (trial !== null)) return 'the trial and its slot disagree';
  }
  const target = rollbackTarget(record);
  if (trial !== null && wayBack !== null && (target === null || files[target] !== wayBack)) {
    return 'the trial has lost its way back';
  }
  const content = target === null ? null : slots[target];
  if (target !== null && content?.state === 'confirmed' && files[target] !== content.package.digest) {
    return 'the rollback target was overwritten';
  }
  return null;
}

/** Isolation and slots have nothing to do with each other, and the highest revision of all is the one in force. */
function findIsolationFault(before: StoreRecord, after: StoreRecord, next: Action): string | null {
  if (next.kind !== 'isolation') return after.isolation === before.isolation ? null : 'the isolation has changed';
  const isNewer = next.revision > (before.isolation?.revision ?? 0);
  if (!isNewer) return after === before ? null : 'an old word about isolation changed something';
  const { slots, live, trial, assignment, outcome } = after;
  if (after.isolation?.isolated !== next.isolated) return 'a newer word about isolation changed nothing';
  const isUntouched = slots === before.slots && live === before.live && trial === before.trial;
  return isUntouched && assignment === before.assignment && outcome === before.outcome ? null : 'a slot has changed';
}

t.test('whatever happens in whatever order, what could serve once can serve, and its way back is whole', async () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60, size: 'max' }), (actions) => {
      const world: World = {
        record: emptyRecord('e1'),
        files: { blue: null, green: null },
        generation: 0,
        hadConfirmed: false,
        wayBack: null,
      };
      for (const next of actions) {
        const before = world.record;
        perform(world, next);
        if (world.record.live !== null && world.record.trial === null) world.hadConfirmed = true;
        const isKept = next.kind === 'restart' && world.record.trial !== null;
        const fault = isKept
          ? 'a trial that was cut short goes on'
          : (findFault(world) ?? findIsolationFault(before, world.record, next));
        if (fault !== null) throw new Error(`${fault} after ${next.kind}`);
      }
    }),
    { numRuns: 2_000 },
  );
});

t.test('event numbers grow by one, and none is left out', async (t) => {
  const world: World = {
    record: emptyRecord('e1'),
    files: { blue: null, green: null },
    generation: 0,
    hadConfirmed: false,
    wayBack: null,
  };
  for (const kind of ['restart', 'trial', 'confirm', 'restart'] as const) {
    const [first] = packages;
    if (kind === 'trial' && first !== undefined) deploy(world, first);
    perform(world, { kind });
  }
  const { unposted, eventSequence } = world.record;
  t.same(
    unposted.map(({ sequence }) => sequence),
    Array.from({ length: eventSequence }, (_, index) => index + 1),
  );
  t.same(
    unposted.map(({ body }) => body.kind),
    ['started', 'staged', 'trial-started', 'confirmed', 'started'],
  );
});

t.test('B4: a generation is taken up once, and never after a newer one', async (t) => {
  const take = (record: StoreRecord, generation: number) => {
    const assignment = {
      generation: generation as StoreRecord['generation'],
      rolloutId: null,
      instruction: { kind: 'none' as const },
    };
    return transition(record, { kind: 'accepted', assignment }, 0).record;
  };
  const record = take(emptyRecord('e1'), 5);
  t.equal(record.generation, 5);
  for (const generation of [5, 4, 0]) t.equal(take(record, generation), record);
  t.equal(take(record, 6).generation, 6);
});

t.test('isolation is told once a revision, with an event only where clients notice', async (t) => {
  const tell = (record: StoreRecord, revision: number, isolated: boolean, nowMs: number) =>
    transition(record, { kind: 'isolation-told', told: isolation(revision, isolated) }, nowMs).record;
  let record = tell(emptyRecord('e1'), 3, false, 10);
  t.same(record.unposted, [], 'a device that serves anyway is released');
  record = tell(record, 5, true, 20);
  t.match(record.isolation, { revision: 5, isolated: true, sinceMs: 20, reason: 'it answers nonsense', by: 'jo' });
  for (const revision of [5, 4, 1]) t.equal(tell(record, revision, false, 30), record);
  record = tell(record, 6, true, 40);
  t.match(record.isolation, { revision: 6, sinceMs: 20 }, 'it has been so since the first time');
  record = tell(record, 7, false, 50);
  t.same(
    record.unposted.map(({ body, atMs }) => [body.kind, atMs]),
    [
      ['isolated', 20],
      ['released', 50],
    ],
  );
});

t.test('the record of an agent that knows nothing of isolation is a record of a device that serves', async (t) => {
  const { isolation: _, ...older } = emptyRecord('e1');
  t.equal(parseWith(storeRecordSchema, older, 'record').isolation, null);
});

t.test('the list of quarantined packages is bounded, and the newest stay', async (t) => {
  const world: World = {
    record: emptyRecord('e1'),
    files: { blue: null, green: null },
    generation: 0,
    hadConfirmed: false,
    wayBack: null,
  };
  for (let index = 0; index < 70; index += 1) {
    const digest = parseWith(digestSchema, index.toString(16).padStart(64, '0'), 'digest');
    deploy(world, { ...somePackage(), digest });
    for (const kind of ['trial', 'quarantine', 'complete'] as const) perform(world, { kind });
  }
  t.equal(world.record.quarantined.length, 64);
  t.equal(world.record.quarantined.at(-1), (69).toString(16).padStart(64, '0'));
});
