import { mkdtempSync, rmSync } from 'node:fs';
import { constants, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeCbor } from '@liquid-lln/protocol';
import t, { type Test } from 'tap';
import { eventually } from '../support/eventually.js';
import { frameOf, messagesIn, numberAfter, RawLine, requestOf, startBoard } from '../support/raw-board.js';
import { tinyImage } from '../support/tiny-package.js';

t.setTimeout(60_000);

// {"d": "hello"} and {"r": "hello"}
const echoRequest = requestOf(2, 0, 0, 'a161646568656c6c6f');
const echoAnswer = 'a161726568656c6c6f';
const healthRequest = requestOf(0, 64, 3);
const resetRequest = requestOf(2, 0, 5);
const invalidImageHeader = 22;
const causes = { power: 1, software: 3, watchdog: 4 };

/** With a short path: those of sockets have at most 107 bytes. */
function boardFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'lln-board-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A board on a socket, with a new flash, that ends with the test. */
async function startWith(t: Test, ...args: readonly string[]) {
  const folder = boardFolder(t);
  const socket = join(folder, 'line');
  const flash = join(folder, 'flash.bin');
  const all = ['--flash', flash, '--socket', socket, ...args];
  const board = await startBoard(all);
  const line = new RawLine(socket);
  t.teardown(async () => {
    line.close();
    board.process.kill('SIGKILL');
    await board.exit;
  });
  return { board, line, args: all, socket };
}

function payloadOf(answer: Buffer): string {
  return answer.subarray(8).toString('hex');
}

t.test('the command line explains itself, and says what is wrong', async (t) => {
  const folder = t.testdir({ 'short.bin': 'no flash' });
  const flash = join(folder, 'flash.bin');
  const line = ['--socket', join(folder, 'line')];
  const run = async (...args: string[]) => (await startBoard(args)).exit;
  const help = await run('--help');
  t.equal(help.status, 0);
  t.match(help.stdout, /--cut-mode/);
  for (const [args, complaint] of [
    [[], /--flash: is missing/],
    [['--flash', flash], /--socket, --pty: one of them is needed/],
    [['--flash', flash, ...line, '--pty', 'x'], /one of them is needed/],
    [['--flash', flash, ...line, '--baud', '-5'], /--baud: needs a whole number above 0/],
    [['--flash', flash, ...line, '--layout', 'tiny'], /tiny: there are the layouts/],
    [['--flash', flash, ...line, '--cut-mode', 'odd'], /odd: there are the modes/],
    [['--flash', flash, ...line, '--kind', 'toaster'], /toaster: there are the kinds posix and stm32h743/],
    [['--flash', flash, ...line, '--fast', '1'], /--fast: there is no such option/],
    [['stray'], /stray: is no option/],
    [['--flash'], /--flash: needs a value/],
  ] as const) {
    const refused = await run(...args);
    t.equal(refused.status, 2);
    t.match(refused.stderr, complaint);
  }
  const other = await run('--flash', join(folder, 'short.bin'), ...line);
  t.equal(other.status, 1);
  t.match(other.stderr, /no flash of this layout/);
});

t.test('a reset keeps the line and the flash, and tells its cause', async (t) => {
  const { line } = await startWith(t);
  const before = await line.ask(healthRequest);
  t.equal(numberAfter(before, 'reset'), causes.power);
  t.equal(payloadOf(await line.ask(resetRequest)), 'a0');
  const after = await line.ask(healthRequest);
  t.equal(numberAfter(after, 'reset'), causes.software);
  t.equal(numberAfter(after, 'boots'), numberAfter(before, 'boots') + 1);
});

t.test('a board that hangs is reset by its watchdog', async (t) => {
  const { board, line } = await startWith(t, '--watchdog-ms', '300');
  t.equal(payloadOf(await line.ask(echoRequest)), echoAnswer);
  board.process.kill('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 500));
  board.process.kill('SIGCONT');
  const health = await line.ask(healthRequest);
  t.equal(numberAfter(health, 'reset'), causes.watchdog);
  t.equal(payloadOf(await line.ask(echoRequest)), echoAnswer);
});

t.test('the board serves one peer after the other, and rests while nobody is there', async (t) => {
  const { line, socket } = await startWith(t, '--watchdog-ms', '300');
  t.equal(payloadOf(await line.ask(echoRequest)), echoAnswer);
  line.close();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const next = new RawLine(socket);
  t.teardown(() => next.close());
  t.equal(numberAfter(await next.ask(healthRequest), 'reset'), causes.power, 'it was not reset meanwhile');
});

t.test('garbage on the line is counted and does no harm', async (t) => {
  const { line } = await startWith(t);
  const good = frameOf(echoRequest);
  const tooLong = frameOf(Buffer.alloc(5000, 1));
  for (const bytes of [
    good.subarray(0, -3),
    Buffer.from('\x06\x09!!!\n'),
    Buffer.from('boot\r\n'),
    tooLong,
    Buffer.alloc(300, 6),
  ])
    line.send(bytes);
  t.equal(payloadOf(await line.ask(echoRequest)), echoAnswer);
  const health = await line.ask(healthRequest);
  t.equal(numberAfter(health, 'bad'), 3, 'the cut packet, the line that is none, the long message');
  t.match(payloadOf(await line.ask(requestOf(2, 0, 0, 'ff'))), 'a162726303', 'what is no map is invalid');
  t.match(
    payloadOf(await line.ask(requestOf(2, 0, 0, `a16178${'81'.repeat(90)}01`))),
    'a162726303',
    'nor what is too deep',
  );
  t.match(payloadOf(await line.ask(requestOf(0, 3, 0))), 'a162726308', 'an unknown group is not supported');
});

t.test('B38: the firmware refuses an image for another kernel ABI with its first bytes', async (t) => {
  const { line } = await startWith(t);
  const image = Buffer.from(tinyImage());
  const begin = (abi: number) => {
    image.writeUInt16LE(abi, 4);
    const payload = encodeCbor({ off: 0, len: image.length, data: Uint8Array.from(image.subarray(0, 64)) });
    return line.ask(requestOf(2, 1, 1, Buffer.from(payload).toString('hex')));
  };
  for (const abi of [0, 2, 0xffff]) t.equal(numberAfter(await begin(abi), 'rc'), invalidImageHeader, `ABI ${abi}`);
  t.equal(numberAfter(await begin(1), 'off'), 64, 'its own is taken');
});

t.test('the power can be cut in an operation of the flash, and the next start goes on', async (t) => {
  for (const mode of ['clean', 'torn', 'unreadable']) {
    const folder = boardFolder(t);
    const args = ['--flash', join(folder, 'flash.bin'), '--socket', join(folder, 'line')];
    const cut = await (await startBoard([...args, '--cut-at', '2', '--cut-mode', mode])).exit;
    t.equal(cut.status, 75, mode);
    const board = await startBoard([...args, '--count-operations']);
    const line = new RawLine(join(folder, 'line'));
    const health = await line.ask(healthRequest);
    t.equal(numberAfter(health, 'reset'), causes.power);
    t.equal(numberAfter(health, 'boots'), 1);
    line.close();
    board.process.kill('SIGTERM');
    const { status, stdout } = await board.exit;
    t.equal(status, 0);
    t.match(stdout, /^ready at .*\n[1-9]\d*\n$/, 'it says how many operations there were');
  }
});

t.test('a slow line is slow in both directions', async (t) => {
  const { line } = await startWith(t, '--baud', '9600');
  const text = 'x'.repeat(200);
  const request = requestOf(2, 0, 0, `a1616478c8${Buffer.from(text).toString('hex')}`);
  const bits = 2 * frameOf(request).length * 10;
  const startedMs = performance.now();
  await line.ask(request);
  const tookMs = performance.now() - startedMs;
  t.ok(tookMs > 0.9 * (bits / 9.6), `${Math.round(tookMs)} ms for ${bits} bits`);
});

t.test("the application's clock can run faster", async (t) => {
  const { line } = await startWith(t, '--time-scale', '100000');
  const first = numberAfter(await line.ask(healthRequest), 'up');
  const isLater = await eventually(
    'ten minutes pass',
    async () => numberAfter(await line.ask(healthRequest), 'up') > first + 600_000,
    2000,
  );
  t.ok(isLater, 'ten minutes within two seconds');
});

t.test('the line can be a pseudo terminal', async (t) => {
  const folder = boardFolder(t);
  const link = join(folder, 'tty');
  const board = await startBoard(['--flash', join(folder, 'flash.bin'), '--pty', link]);
  t.teardown(async () => {
    board.process.kill('SIGKILL');
    await board.exit;
  });
  // Not as the controlling terminal: a test that leads a session would end with it.
  const terminal = await open(link, constants.O_RDWR | constants.O_NOCTTY);
  await terminal.write(frameOf(echoRequest));
  let received = Buffer.alloc(0);
  const answer = await eventually('an answer', async () => {
    const { buffer, bytesRead } = await terminal.read(Buffer.alloc(256), 0, 256, null);
    received = Buffer.concat([received, buffer.subarray(0, bytesRead)]);
    return messagesIn(received)[0];
  });
  await terminal.close();
  t.equal(payloadOf(answer), echoAnswer);
});
