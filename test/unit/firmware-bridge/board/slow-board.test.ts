import { beginParts, type PartPlan, planPart, takePartAnswer, takePartLoss } from '@liquid-lln/firmware-bridge/testing';
import { seededRandom } from '@liquid-lln/protocol';
import t from 'tap';
import { badLine, NetworkOnBoard, stepsAsked } from '../../../support/board/network-on-board.js';
import { exampleImage } from '../../../support/board/virtual-board.js';
import { wideImage } from '../../../support/board/wide-image.js';

const infer = 1;
const verify = 4;
const small = new NetworkOnBoard(exampleImage('gru'));
const signal = new AbortController().signal;

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

t.test('a sequence that takes a slow board long is made once, part by part', async (t) => {
  const board = small.serve({ board: { stepMs: 50 } });
  const startMs = board.clock.monotonicMs();
  t.ok(await board.run(small.isRight(board, 170)));
  const steps = stepsAsked(board, infer);
  t.equal(sum(steps), 170, 'no step was made twice');
  t.ok(Math.max(...steps) <= 10, `at most half a second at once: ${steps}`);
  t.ok(board.clock.monotonicMs() - startMs < 9_000, 'the parts cost little');
});

t.test('golden vectors that take a slow board long are compared once', async (t) => {
  const board = small.serve({ board: { stepMs: 200 } });
  t.equal(await board.run(board.client.verify('blue', [small.vector(170), small.vector(30)], signal)), null);
  t.equal(sum(stepsAsked(board, verify)), 200);
});

t.test('a slow board behind a bad line comes through', async (t) => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const board = small.serve({ seed, ...badLine, board: { stepMs: 50 } });
    t.ok(await board.run(small.isRight(board, 170, seed)), `seed ${seed}`);
  }
});

t.test('sequences that share a slow board wait for each other', async (t) => {
  const board = small.serve({ board: { stepMs: 20 } });
  const asked = [100, 1, 100, 50, 1, 100, 100].map((steps) => small.isRight(board, steps));
  t.same(await board.run(Promise.all(asked)), Array(7).fill(true));
  t.equal(sum(stepsAsked(board, infer)), 452, 'no step was made twice');
  t.equal(board.line.overruns, 0);
});

t.test('what one sequence has learned serves the next', async (t) => {
  const board = small.serve();
  for (const parts of [2, 1]) {
    const before = stepsAsked(board, infer).length;
    t.ok(await board.run(small.isRight(board, 100)));
    t.equal(stepsAsked(board, infer).length - before, parts);
  }
});

t.test('an answer that is late once, as while flash is erased, is waited for', async (t) => {
  const board = small.serve();
  t.ok(await board.run(small.isRight(board, 1)));
  Object.assign(board.line.toHost, { delayMs: 2_000 });
  const startMs = board.clock.monotonicMs();
  t.ok(await board.run(small.isRight(board, 1)));
  t.ok(board.clock.monotonicMs() - startMs < 2_100, 'the first answer counts, whichever attempt is under way');
});

t.test('a network with longer answers behind the back of the client is met again', async (t) => {
  const wide = new NetworkOnBoard(wideImage);
  const board = small.serve();
  t.ok(await board.run(small.isRight(board, 100)));
  board.mock.slots.install(small.image);
  board.mock.slots.install(wide.image);
  t.ok(await board.run(wide.isRight(board, 100)));
});

t.test('B31: golden vectors begin with what a board that restarted has forgotten', async (t) => {
  const board = small.serve();
  let isRestarted = false;
  board.line.onRequest = ({ command, payload }) => {
    if (isRestarted || command !== verify || Number(payload['off']) < 100) return;
    isRestarted = true;
    board.mock.restart();
  };
  t.equal(await board.run(board.client.verify('blue', [small.vector(600)], signal)), null);
  const begun = board.mock.requests.filter(({ command, payload }) => command === verify && payload['off'] === 0);
  t.equal(begun.length, 2);
});

t.test('a line with a second of delay carries long sequences in long parts', async (t) => {
  const board = small.serve({ toBoard: { delayMs: 500 }, toHost: { delayMs: 500 } });
  for (let round = 0; round < 5; round += 1) t.ok(await board.run(small.isRight(board, 100)));
  const requests = stepsAsked(board, infer).length;
  t.ok(requests < 500 / 10, `${requests} requests for 500 steps`);
});

/** A part's message never exceeds the board's, and has a step at least, whatever befell the parts before. */
t.test('whatever happens, a part fits the board and brings the sequence on', async (t) => {
  const random = seededRandom(11);
  const below = (limit: number) => Math.floor(random() * limit);
  for (let round = 0; round < 300; round += 1) {
    const sizes = { stepBytes: 4 + below(400), fixedBytes: below(500) };
    const lastBytes = below(300);
    const messageBytesMax = 128 + sizes.stepBytes + sizes.fixedBytes + lastBytes + below(4_000);
    let plan: PartPlan = beginParts(messageBytesMax);
    for (let left = 1 + below(600); left > 0; ) {
      const part = planPart(plan, { steps: left, sizes, lastBytes });
      const fits = part.bytes <= messageBytesMax && part.steps >= 1 && part.steps <= left;
      const isLastKept = part.steps < left || part.bytes >= 128 + sizes.stepBytes + sizes.fixedBytes + lastBytes;
      if (!fits || !isLastKept) t.fail(`${JSON.stringify({ part, left, sizes, lastBytes, messageBytesMax })}`);
      const isLost = random() < 0.4;
      plan = isLost ? takePartLoss(plan, part) : takePartAnswer(plan, part, random() * 300, 1 + below(2));
      if (!isLost) left -= part.steps;
    }
  }
  t.pass('300 sequences');
});

t.test('parts become shorter by losses down to one step, and longer again by answers', async (t) => {
  const rest = { steps: 10_000, sizes: { stepBytes: 20, fixedBytes: 100 }, lastBytes: 0 };
  let plan = beginParts(4_096);
  plan = takePartAnswer(plan, planPart(plan, rest), 1, 1);
  const most = planPart(plan, rest).steps;
  t.equal(most, Math.floor((4_096 - 128 - 100) / 20));
  const losses = [];
  for (let part = planPart(plan, rest); part.steps > 1; part = planPart(plan, rest)) {
    losses.push(part.steps);
    plan = takePartLoss(plan, part);
  }
  t.ok(losses.length >= 3 && losses.length <= 6, `${losses}`);
  let answers = 0;
  for (let part = planPart(plan, rest); part.steps < most; part = planPart(plan, rest)) {
    plan = takePartAnswer(plan, part, part.steps / 100, 1);
    answers += 1;
  }
  t.ok(answers > 8 && answers <= 64, `after ${answers} answers`);
});
