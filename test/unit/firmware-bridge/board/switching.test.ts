import { createHash } from 'node:crypto';
import t from 'tap';
import { exampleImage, VirtualBoard } from '../../../support/board/virtual-board.js';

const before = exampleImage('gru');
const after = exampleImage('cfc-wired');
const hashOf = (image: Uint8Array) => createHash('sha256').update(image).digest('hex');
const restartCommand = [0, 5] as const;

/** A board that serves `before` and has `after` on standby. */
async function readyBoard(options: ConstructorParameters<typeof VirtualBoard>[0] = {}): Promise<VirtualBoard> {
  const board = new VirtualBoard(options);
  board.mock.slots.install(before);
  await board.upload(after);
  return board;
}

t.test('a trial begins with a restart and runs as long as it was asked to', async (t) => {
  const board = await readyBoard();
  await board.run(board.client.startTrial(hashOf(after), 30));
  const info = await board.run(board.client.info());
  t.equal(info.live, 'green');
  t.equal(info.trialSecondsLeft, 30);
  t.equal(board.countRequests(...restartCommand), 1);
  t.match(await board.run(board.client.images()), [{ isActive: false }, { isActive: true, isConfirmed: false }]);
});

t.test('a trial that nobody confirms is taken back, and its image is not bootable any more', async (t) => {
  const board = await readyBoard();
  await board.run(board.client.startTrial(hashOf(after), 30));
  board.clock.advance(31_000);
  t.match(await board.run(board.client.info()), { live: 'blue', trialSecondsLeft: null });
  t.match(await board.run(board.client.images()), [{ isActive: true }, { slot: 'green', isBootable: false }]);
  t.equal((await board.run(board.client.health())).reverts, 1);
  t.equal(await board.upload(after), 'green', 'it may be uploaded again');
  t.match(await board.run(board.client.images()), [{}, { slot: 'green', isBootable: true }]);
});

t.test('a confirmed trial stays', async (t) => {
  const board = await readyBoard();
  await board.run(board.client.startTrial(hashOf(after), 30));
  await board.run(board.client.confirm());
  board.clock.advance(60_000);
  t.match(await board.run(board.client.info()), { live: 'green', trialSecondsLeft: null });
  await board.run(board.client.makeLive(hashOf(before)));
  t.match(await board.run(board.client.info()), { live: 'blue', trialSecondsLeft: null });
  t.match(await board.run(board.client.images()), [{ isActive: true, isConfirmed: true }, { isActive: false }]);
});

t.test('a network that was confirmed once and is tried again is not confirmed until somebody says so', async (t) => {
  const board = await readyBoard();
  await board.run(board.client.startTrial(hashOf(after), 30));
  await board.run(board.client.confirm());
  await board.run(board.client.startTrial(hashOf(before), 30));
  t.match(await board.run(board.client.images()), [
    { isActive: true, isConfirmed: false },
    { isActive: false, isConfirmed: true },
  ]);
  await board.run(board.client.confirm());
  t.match(await board.run(board.client.images()), [{ isActive: true, isConfirmed: true }, { isActive: false }]);
});

t.test('a trial can be given up for the network before it', async (t) => {
  const board = await readyBoard();
  await board.run(board.client.startTrial(hashOf(after), 30));
  await board.run(board.client.makeLive(hashOf(before)));
  t.match(await board.run(board.client.info()), { live: 'blue', trialSecondsLeft: null });
});

t.test('a lost command or a lost answer starts a board no more than once', async (t) => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const faults = { frameDropRate: 0.3, frameDuplicateRate: 0.2 };
    const board = await readyBoard({ seed });
    board.line.toBoard = faults;
    board.line.toHost = faults;
    board.line.unplug();
    board.line.plug();
    const boots = board.mock.boots;
    await board.run(board.client.startTrial(hashOf(after), 300));
    t.equal(board.mock.boots, boots + 1, `seed ${seed}`);
    t.equal(board.mock.slots.reverts, 0);
    t.equal(board.mock.slots.live, 'green');
  }
});

t.test('closing the link ends the wait for a restart, and whatever is asked afterwards, at once', async (t) => {
  const board = await readyBoard();
  board.line.onRequest = ({ group, command }) => {
    if (group === 0 && command === 5) board.line.unplug();
  };
  const trial = board.client.startTrial(hashOf(after), 30);
  board.clock.after(1_000, () => void board.client.close());
  await t.rejects(board.run(trial, 2), { code: 'BOARD_UNREACHABLE', message: 'the link was closed' });
  await t.rejects(board.run(board.client.info(), 1), { code: 'BOARD_UNREACHABLE', message: 'the link was closed' });
});

t.test('asking twice for a trial goes on with the one that runs', async (t) => {
  const board = await readyBoard();
  await board.run(board.client.startTrial(hashOf(after), 30));
  await board.run(board.client.startTrial(hashOf(after), 60));
  t.equal(board.countRequests(...restartCommand), 1);
  t.equal((await board.run(board.client.info())).trialSecondsLeft, 60);
});

t.test('a power cut during the switch takes the trial back, and whoever began it is told', async (t) => {
  const board = await readyBoard();
  let isRestarted = false;
  board.line.onRequest = ({ operation, group, command }) => {
    if (group === 0 && command === 5) isRestarted = true;
    if (!isRestarted || operation !== 'read' || group !== 1) return;
    isRestarted = false;
    board.mock.restart();
  };
  await t.rejects(board.run(board.client.startTrial(hashOf(after), 30)), { code: 'BOARD_DIFFERS' });
  t.equal(board.mock.slots.reverts, 1);
  t.match(await board.run(board.client.info()), { live: 'blue', trialSecondsLeft: null });
  await t.rejects(board.run(board.client.makeLive(hashOf(after))), { code: 'BOARD_REFUSED' }, 'it failed its trial');
  await t.rejects(board.run(board.client.startTrial('00'.repeat(32), 30)), { code: 'BOARD_DIFFERS' });
});

t.test('a trial lasts between a second and a week', async (t) => {
  const board = await readyBoard();
  for (const seconds of [0, 1.5, Number.NaN, 604_801]) {
    await t.rejects(board.run(board.client.startTrial(hashOf(after), seconds)), { code: 'INPUT_INVALID' });
  }
});

t.test('a board that does not come back fails within two minutes', async (t) => {
  const board = await readyBoard();
  board.line.onRequest = ({ group, command }) => {
    if (group === 0 && command === 5) board.line.unplug();
  };
  await t.rejects(board.run(board.client.reset(), 120), { code: 'BOARD_UNREACHABLE' });
});
