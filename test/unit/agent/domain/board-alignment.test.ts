import {
  type AlignmentAction,
  alignmentTable,
  type BoardImageFacts,
  type BoardIntent,
  decideAlignment,
  planAlignment,
} from '@liquid-lln/agent/testing';
import t from 'tap';

const wantedStates = ['nothing', 'trial', 'confirmed'] as const;
const foundStates = ['absent', 'rejected', 'ready', 'on-trial', 'confirmed'] as const;

const combinations = wantedStates.flatMap((wanted) =>
  foundStates.flatMap((found) =>
    [true, false].flatMap((hasTarget) =>
      [true, false].map((isStrangerOnTrial) => ({ wanted, found, hasTarget, isStrangerOnTrial })),
    ),
  ),
);

t.test('every combination of record and board has a row, and every row decides some combination', async (t) => {
  const deciding = combinations.map(({ wanted, found, hasTarget, isStrangerOnTrial }) =>
    alignmentTable.findIndex(
      (row) =>
        row.wanted === wanted &&
        (row.found === 'any' || row.found === found) &&
        (row.hasTarget === 'any' || row.hasTarget === hasTarget) &&
        (row.isStrangerOnTrial === 'any' || row.isStrangerOnTrial === isStrangerOnTrial),
    ),
  );
  t.notOk(deciding.includes(-1));
  t.same(
    alignmentTable.map((_, index) => index).filter((index) => !deciding.includes(index)),
    [],
    'no row is dead',
  );
});

t.test('what must never be', async (t) => {
  const actionsFor = (isMeant: (facts: (typeof combinations)[number]) => boolean) =>
    new Set<AlignmentAction>(combinations.filter(isMeant).map(decideAlignment));
  t.notOk(actionsFor(({ isStrangerOnTrial }) => isStrangerOnTrial).has('install'), 'no upload disturbs a trial');
  t.notOk(
    actionsFor(({ wanted }) => wanted !== 'confirmed').has('confirm'),
    'only what the record confirms is confirmed',
  );
  t.same([...actionsFor(({ wanted }) => wanted === 'nothing')].sort(), ['end-trial', 'none']);
  const left = actionsFor(({ wanted, hasTarget }) => wanted === 'confirmed' && !hasTarget);
  t.notOk(left.has('leave-rejected'), 'a confirmed package is left only where there is another');
  t.notOk(actionsFor(({ found }) => found === 'on-trial' || found === 'confirmed').has('start-trial'));
});

/** Only what can be: an image that is active is the board's, and no other one is on trial beside it. */
function boardWith(live: BoardImageFacts | null, others: readonly BoardImageFacts[] = []): BoardImageFacts[] {
  return live === null ? [...others] : [live, ...others];
}

const image = (hash: string, state: (typeof foundStates)[number]): BoardImageFacts => ({
  hash,
  isBootable: state !== 'rejected',
  isActive: state === 'on-trial' || state === 'confirmed',
  isConfirmed: state === 'confirmed',
});

const intent = (over: Partial<BoardIntent> = {}): BoardIntent => ({
  live: { hash: 'new', isOnTrial: false },
  target: 'old',
  isDeploying: false,
  ...over,
});

t.test('the record and the board, compared', async (t) => {
  const onTrial = { live: { hash: 'new', isOnTrial: true } };
  const cases: [string, BoardIntent, BoardImageFacts[], string][] = [
    ['in line', intent(), boardWith(image('new', 'confirmed'), [image('old', 'ready')]), 'none'],
    ['stopped before the board heard of it', intent(), boardWith(image('new', 'on-trial')), 'confirm'],
    [
      'reverted, and the board not yet',
      intent({ live: { hash: 'old', isOnTrial: false } }),
      boardWith(image('new', 'on-trial'), [image('old', 'ready')]),
      'end-trial',
    ],
    ['the board tries nothing', intent(), boardWith(image('old', 'confirmed'), [image('new', 'ready')]), 'make-live'],
    [
      'the trial has not begun',
      intent(onTrial),
      boardWith(image('old', 'confirmed'), [image('new', 'ready')]),
      'start-trial',
    ],
    ['the board went back', intent(onTrial), boardWith(image('old', 'confirmed'), [image('new', 'rejected')]), 'leave'],
    ['another board', intent(), [], 'install'],
    ['another board in a trial', intent(onTrial), [], 'leave'],
    ['confirmed by somebody else', intent(onTrial), boardWith(image('new', 'confirmed')), 'none'],
    ['the way back is missing', intent(), boardWith(image('new', 'confirmed')), 'install'],
    [
      'something is on its way to that place',
      intent({ isDeploying: true }),
      boardWith(image('new', 'confirmed')),
      'none',
    ],
    [
      'a new board beside an empty record',
      intent({ live: null, target: null }),
      boardWith(image('x', 'confirmed')),
      'none',
    ],
  ];
  for (const [name, meant, images, kind] of cases) t.equal(planAlignment(meant, images).kind, kind, name);
  t.match(planAlignment(intent(), boardWith(image('new', 'confirmed'))), { kind: 'install', which: 'target' });
  t.match(planAlignment(intent(onTrial), []), { cause: 'restart' }, 'a lost package is not to blame');
  t.match(planAlignment(intent(onTrial), [image('new', 'rejected')]), { cause: 'crash' });
});
