import { type DeviceId, isLlnError, makeOutputProfile } from '@liquid-lln/protocol';
import t from 'tap';
import { deployOf } from '../../support/agent/documents.js';
import { misbehavingPackage, signedPackage } from '../../support/agent/signed-package.js';
import { VirtualGateway } from '../../support/agent/virtual-gateway.js';

const board = 'gw-1.a' as DeviceId;
const first = signedPackage();
const second = signedPackage({ version: '2.0.0', weight: 0.6 });
const bad = misbehavingPackage();
t.setTimeout(300_000);

/** A gateway whose board has confirmed a first package; everything else is there to be fetched. */
async function confirmedBoard(): Promise<VirtualGateway> {
  const gateway = await VirtualGateway.start(['a']);
  for (const offered of [first, second, bad]) gateway.agent.offer(offered);
  await gateway.until('the board to be there', () => gateway.agent.isOnline(board));
  await gateway.instruct([board], 1, deployOf(first.reference));
  await gateway.untilOutcome(board, 1, 'confirmed');
  return gateway;
}

/** Asks the board without pause in the background; says how often it answered, and what went wrong. */
function askAllTheTime(gateway: VirtualGateway) {
  const result = { answered: 0, failures: [] as unknown[] };
  let isOver = false;
  const ask = async (session: string) => {
    while (!isOver) {
      try {
        await gateway.agent.agent.infer({ input: [0.5], session }, board);
        result.answered += 1;
      } catch (error) {
        result.failures.push(error);
      }
    }
  };
  const clients = ['x', 'y'].map(ask);
  return async () => {
    isOver = true;
    await gateway.pass(1);
    await Promise.all(clients);
    return result;
  };
}

function digestOf(gateway: VirtualGateway) {
  return gateway.agent.agent.model(board)?.digest;
}

t.test('a board is a device of its own, with its kind, slots, health and answers', async (t) => {
  const gateway = await confirmedBoard();
  const { agent } = gateway;
  t.match(agent.reportOf(board), { kind: 'posix', gatewayId: 'gw-1', running: { state: 'confirmed', slot: 'blue' } });
  t.equal(agent.report?.running, null, 'the gateway itself has no package');
  t.equal(gateway.board().mock.slots.live, 'blue');
  t.equal(gateway.board().mock.slots.isTrial, false);
  const answering = agent.agent.infer({ input: [0.5], device: board });
  await gateway.pass(1);
  t.match(await answering, { device: board, model: { digest: first.reference.digest }, latencyUs: Number });
  await gateway.until('a health message', () => agent.healthOf(board) !== null);
  t.match(agent.healthOf(board), { window: { temperatureC: { source: 'board' } }, board: { firmwareVersion: /mock/ } });
  t.match(agent.agent.health().devices, [
    { device: 'gw-1', status: 'not-serving' },
    { device: board, status: 'serving' },
  ]);
});

t.test('which device answers: the address and the body agree, and the device is here', async (t) => {
  const gateway = await confirmedBoard();
  const { agent } = gateway.agent;
  await t.rejects(agent.infer({ input: [0.5] }), { code: 'NO_LIVE_PACKAGE' });
  await t.rejects(agent.infer({ input: [0.5], device: 'gw-1' }, board), { code: 'INPUT_INVALID' });
  await t.rejects(agent.infer({ input: [0.5] }, 'gw-1.b'), { code: 'INPUT_INVALID', message: /gw-1, gw-1.a/ });
});

t.test('a switch, a confirmation and a return under load fail no request', async (t) => {
  const gateway = await confirmedBoard();
  const finish = askAllTheTime(gateway);
  await gateway.instruct([board], 2, deployOf(second.reference));
  await gateway.until('the trial on the board', () => gateway.board().mock.slots.isTrial);
  await gateway.untilOutcome(board, 2, 'confirmed');
  t.equal(gateway.board().mock.slots.isTrial, false, 'the board knows of the confirmation');
  await gateway.instruct([board], 3, deployOf(bad.reference));
  await gateway.untilOutcome(board, 3, 'reverted');
  const { answered, failures } = await finish();
  t.same(failures, []);
  t.ok(answered > 100, `${answered} requests were answered`);
  t.equal(digestOf(gateway), second.reference.digest);
  t.match(gateway.agent.eventsOf('reverted', board), [{ cause: 'policy', requestsFailed: 0 }]);
  t.equal(gateway.board().mock.slots.live, 'green');
});

t.test("a session goes on over a switch: its state is the gateway's", async (t) => {
  const gateway = await confirmedBoard();
  const steps: unknown[] = [];
  const ask = async (input: number, session?: string) => {
    const answering = gateway.agent.agent.infer(
      { input: [input], ...(session === undefined ? {} : { session }) },
      board,
    );
    await gateway.pass(1);
    return (await answering).output;
  };
  for (const input of [0.1, 0.2]) steps.push(await ask(input, 's'));
  gateway.board().mock.restart();
  await gateway.pass(3);
  steps.push(await ask(0.3, 's'));
  const whole = gateway.agent.agent.infer({ inputs: [[0.1], [0.2], [0.3]] }, board);
  await gateway.pass(1);
  t.same((await whole).outputs, steps);
});

t.test('a board that leaves its trial by itself takes the record along, and the package is quarantined', async (t) => {
  const gateway = await confirmedBoard();
  await gateway.instruct([board], 2, deployOf(second.reference, { soakSeconds: 600 }));
  await gateway.until('the trial on the board', () => gateway.board().mock.slots.isTrial);
  await gateway.pass(2);
  gateway.board().mock.restart();
  await gateway.untilOutcome(board, 2, 'reverted');
  t.match(gateway.agent.eventsOf('reverted', board), [{ cause: 'crash', to: { digest: first.reference.digest } }]);
  t.same(gateway.agent.reportOf(board)?.quarantined, [second.reference.digest]);
  t.equal(digestOf(gateway), first.reference.digest);
});

t.test('a confirmed package whose board crashes is left for the one before', async (t) => {
  const gateway = await confirmedBoard();
  await gateway.instruct([board], 2, deployOf(second.reference));
  await gateway.untilOutcome(board, 2, 'confirmed');
  gateway.board().mock.resetCause = 4;
  gateway.board().mock.restart();
  await gateway.until('the return', () => digestOf(gateway) === first.reference.digest);
  await gateway.pass(2);
  t.match(gateway.agent.eventsOf('reverted', board), [{ cause: 'crash', breach: { metric: 'crash' } }]);
  t.equal(gateway.board().mock.slots.live, 'blue');
});

/** Answers the same whatever it is asked; over validation data, it is said, it did not. */
function frozenPackage() {
  const values = Float32Array.from({ length: 2_048 }, (_, index) => Math.sin(index / 7));
  const sizes = { inputSize: 1, outputSize: 2, range: [-1.5, 1.5] as const };
  const outputProfile = makeOutputProfile({ inputs: values.subarray(0, 1_024), outputs: values, ...sizes });
  return signedPackage({ version: '3.0.0', weight: 0, outputProfile });
}

t.test('a trial on a board whose outputs are stuck is left, though every answer is in range', async (t) => {
  const gateway = await confirmedBoard();
  const frozen = frozenPackage();
  gateway.agent.offer(frozen);
  await gateway.instruct([board], 2, deployOf(frozen.reference));
  await gateway.until('the trial on the board', () => gateway.board().mock.slots.isTrial);
  for (let request = 0; request < 9; request += 1) {
    const inputs = Array.from({ length: 64 }, (_, step) => [Math.cos(64 * request + step)]);
    const answering = gateway.agent.agent.infer({ inputs }, board);
    await gateway.pass(1);
    await answering;
  }
  await gateway.untilOutcome(board, 2, 'reverted');
  t.match(gateway.agent.eventsOf('reverted', board), [{ cause: 'policy', breach: { metric: 'stuck', limit: 512 } }]);
  t.equal(digestOf(gateway), first.reference.digest);
});

t.test('B25: a board that was restarted on purpose goes on with what it had', async (t) => {
  const gateway = await confirmedBoard();
  await gateway.instruct([board], 2, deployOf(second.reference));
  await gateway.untilOutcome(board, 2, 'confirmed');
  gateway.board().mock.restart();
  await gateway.pass(5);
  t.equal(digestOf(gateway), second.reference.digest);
  t.same(gateway.agent.eventsOf('reverted', board), []);
});

t.test(
  'B35: a board unplugged in the middle of an upload keeps its live network, and says why it has no other',
  async (t) => {
    const gateway = await confirmedBoard();
    let chunks = 0;
    gateway.board().line.onRequest = ({ group, command }) => {
      if (group !== 1 || command !== 1) return;
      chunks += 1;
      gateway.board().line.unplug();
    };
    await gateway.instruct([board], 2, deployOf(second.reference));
    await gateway.untilOutcome(board, 2, 'refused');
    t.ok(chunks > 0, 'an upload had begun');
    t.equal(gateway.agent.reportOf(board)?.outcome?.code, 'BOARD_UNREACHABLE');
    gateway.board().line.onRequest = () => undefined;
    gateway.board().line.plug();
    await gateway.until('the board to be back', () => gateway.agent.isOnline(board));
    t.equal(gateway.board().mock.slots.live, 'blue');
    const answering = gateway.agent.agent.infer({ input: [0.5] }, board);
    await gateway.pass(1);
    t.match(await answering, { model: { digest: first.reference.digest } });
  },
);

t.test('a board that hangs is taken out of service and reported, and taken back when it answers', async (t) => {
  const gateway = await confirmedBoard();
  const { agent } = gateway;
  gateway.board().mock.isHanging = true;
  await gateway.until('the board to be out of service', () => !agent.isOnline(board));
  await t.rejects(agent.agent.infer({ input: [0.5] }, board), { code: 'BOARD_UNREACHABLE' });
  t.match(agent.agent.health(board), { status: 'unreachable' });
  t.match(agent.agent.health(), { status: 'not-serving' }, 'the gateway itself has no trouble');
  const { temperatureC } = agent.agent.health(board).windows.recent;
  t.equal(temperatureC, null, 'what it said last is no reading of now');
  await gateway.pass(3);
  t.match(agent.eventsOf('alert', board), [{ breach: { metric: 'liveness', level: 'alert' }, isRaised: true }]);
  gateway.board().mock.restart();
  await gateway.until('the board to be back', () => agent.isOnline(board));
  await gateway.pass(20);
  t.equal(agent.eventsOf('alert', board).length, 1, 'a board that comes and goes is one alert');
  await gateway.pass(20);
  t.match(agent.eventsOf('alert', board).at(-1), { breach: { metric: 'liveness' }, isRaised: false });
  const answering = agent.agent.infer({ input: [0.5] }, board);
  await gateway.pass(1);
  t.match(await answering, { model: { digest: first.reference.digest } });
});

t.test('a board that is missing when the agent starts stops nothing, and loses nothing', async (t) => {
  const gateway = await confirmedBoard();
  const original = gateway.agent.agent;
  t.ok(original);
  const connect = gateway.board();
  connect.mock.isHanging = true;
  await gateway.boot();
  await gateway.pass(10);
  t.match(gateway.agent.reportOf(board)?.running, { digest: first.reference.digest }, 'its record is what it was');
  t.equal(gateway.agent.isOnline(board), false);
  gateway.board().mock.restart();
  await gateway.until('the board to be back', () => gateway.agent.isOnline(board));
  await gateway.pass(1); // in which it says what is in its slots
  const answering = gateway.agent.agent.infer({ input: [0.5] }, board);
  await gateway.pass(1);
  t.match(await answering, { model: { digest: first.reference.digest } });
});

t.test('another board in the place of the one before gets what that one had', async (t) => {
  const gateway = await confirmedBoard();
  await gateway.instruct([board], 2, deployOf(second.reference));
  await gateway.untilOutcome(board, 2, 'confirmed');
  gateway.attach('a');
  gateway.board().mock.id = Uint8Array.of(9, 9, 9);
  await gateway.boot();
  await gateway.until('the board to serve', () => gateway.board().mock.slots.live !== null);
  await gateway.pass(5);
  const answering = gateway.agent.agent.infer({ input: [0.5] }, board);
  await gateway.pass(1);
  t.match(await answering, { model: { digest: second.reference.digest } });
  const details = gateway.agent.eventsOf('board-changed', board).map(({ detail }) => detail);
  t.match(details, [/another board/, /tiny@2.0.0 any more and got it again/, /tiny@1.0.0 any more and got it again/]);
});

t.test('B31: a board that computes other bits is refused the package before any switch', async (t) => {
  const gateway = await confirmedBoard();
  gateway.board().mock.isExact = false;
  await gateway.instruct([board], 2, deployOf(second.reference));
  await gateway.untilOutcome(board, 2, 'refused');
  const outcome = gateway.agent.reportOf(board)?.outcome;
  t.match(outcome, { code: 'GOLDEN_VECTORS_FAILED', detail: /golden vector 0 on the board: output 3 .*0x3f000001/ });
  t.equal(digestOf(gateway), first.reference.digest);
  t.equal(gateway.board().mock.slots.live, 'blue');
});

t.test('B36: a network that does not fit is refused with the number that failed', async (t) => {
  const gateway = await VirtualGateway.start(['a'], { slotBytes: 64 });
  gateway.agent.offer(first);
  await gateway.until('the board to be there', () => gateway.agent.isOnline(board));
  await gateway.instruct([board], 1, deployOf(first.reference));
  await gateway.untilOutcome(board, 1, 'refused');
  const outcome = gateway.agent.reportOf(board)?.outcome;
  t.match(outcome, { code: 'BOARD_TOO_SMALL', detail: /needs \d+ bytes of slot blue, the board has 64/ });
});

t.test('B38: a board reports its own kernel and slots, and refuses a package for another kernel', async (t) => {
  const gateway = await VirtualGateway.start(['a'], { kernelAbi: 2, slotBytes: 4_096 });
  gateway.agent.offer(first);
  await gateway.until('the board to be there', () => gateway.agent.isOnline(board));
  await gateway.until('its report', () => gateway.agent.reportOf(board) !== null);
  t.match(gateway.agent.reportOf(board), { kernelAbi: 2, slotBytes: { blue: 4_096, green: 4_096 } });
  t.equal(gateway.agent.report?.kernelAbi, 1, "its gateway's is another one");
  await gateway.instruct([board], 1, deployOf(first.reference));
  await gateway.untilOutcome(board, 1, 'refused');
  t.match(gateway.agent.reportOf(board)?.outcome, { code: 'IMAGE_ABI_UNSUPPORTED', detail: /ABI 1, the board has 2/ });
  gateway.board().mock.isHanging = true;
  const before = gateway.agent.reportOf(board)?.sequence ?? 0;
  await gateway.boot();
  await gateway.until('another report', () => (gateway.agent.reportOf(board)?.sequence ?? 0) > before);
  t.notOk(gateway.agent.isOnline(board));
  t.match(gateway.agent.reportOf(board), { kernelAbi: 2 }, 'it is remembered while the board does not answer');
});

t.test('B38: a board that comes back with another kernel says so', async (t) => {
  const gateway = await confirmedBoard();
  t.match(gateway.agent.reportOf(board), { kernelAbi: 1 });
  gateway.board().mock.isHanging = true;
  await gateway.until('the board to be missed', () => !gateway.agent.isOnline(board));
  gateway.attach('a', { kernelAbi: 2 });
  await gateway.boot();
  await gateway.until('it to be back', () => gateway.agent.isOnline(board));
  await gateway.pass(1);
  t.match(gateway.agent.reportOf(board), { kernelAbi: 2 });
});

t.test("B39: erasures of each sector are part of a board's health", async (t) => {
  const gateway = await VirtualGateway.start(['a'], { kind: 'stm32h743' });
  gateway.board().mock.erasures = [12, 3_456];
  await gateway.until('a health message', () => gateway.agent.healthOf(board)?.board?.erasures[1] === 3_456);
  t.match(gateway.agent.healthOf(board)?.board, { erasures: [12, 3_456], erasuresMax: 10_000 });
});

t.test('a failure of the board is none of its package', async (t) => {
  const gateway = await confirmedBoard();
  gateway.board().line.unplug();
  const answering = gateway.agent.agent.infer({ input: [0.5] }, board).catch((error: unknown) => error);
  await gateway.pass(15);
  t.ok(isLlnError(await answering, 'BOARD_UNREACHABLE'));
  t.equal(gateway.agent.agent.health(board).windows.recent.errors, 0);
});
