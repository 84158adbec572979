import { bodyFreeBytes, defaultHttpLimits as limits } from '@liquid-lln/agent';
import t, { type Test } from 'tap';
import { SlowClient, startBareServer } from '../support/agent/bare-http-server.js';
import { waitFor } from '../support/wait-for.js';

t.setTimeout(120_000);

const mebibyte = 1024 * 1024;
const shortBody = '{"input":[0.5]}';

/** JSON of exactly so many bytes. */
function bodyOf(bytes: number): Buffer {
  return Buffer.from(shortBody.padEnd(bytes));
}

/** A client that has sent its body but for the last byte, in pieces. */
async function sendNearlyAll(t: Test, port: number, body: Buffer, pieceBytes = 64 * 1024): Promise<SlowClient> {
  const client = await SlowClient.connect(t, port);
  client.announce(body.length);
  for (let at = 0; at < body.length - 1; at += pieceBytes) {
    client.say(body.subarray(at, Math.min(at + pieceBytes, body.length - 1)));
    await new Promise((resolve) => setImmediate(resolve));
  }
  return client;
}

async function askShortly(t: Test, port: number): Promise<SlowClient> {
  const client = await SlowClient.connect(t, port);
  client.announce(shortBody.length);
  client.say(shortBody);
  await waitFor('an answer', () => client.status !== null);
  return client;
}

t.test('long bodies that come slowly have 32 MiB together; what is beyond is told to come back', async (t) => {
  const server = await startBareServer(t, limits);
  const body = bodyOf(mebibyte);
  const clients = await Promise.all(Array.from({ length: 40 }, () => sendNearlyAll(t, server.port, body)));
  const withStatus = (wanted: number | null) => clients.filter(({ status }) => status === wanted);
  await waitFor('refusals', () => withStatus(429).length >= 8);
  t.equal((await askShortly(t, server.port)).status, 200, 'a request of usual length is answered meanwhile');
  for (const client of withStatus(null)) client.say(body.subarray(-1));
  await waitFor('an answer to everybody', () => withStatus(null).length === 0);
  const refused = withStatus(429);
  const answered = withStatus(200).length;
  t.ok(answered >= 24 && answered <= 32, `${answered} bodies were taken`);
  t.equal(answered + refused.length, clients.length);
  t.equal(server.rejected(), refused.length);
  t.ok(refused.every(({ heard }) => /^retry-after: 1\r$/m.test(heard) && heard.includes('"code":"ENGINE_OVERLOADED"')));
  await waitFor('the refused ones to be closed', () => refused.every(({ isClosed }) => isClosed));
  const next = await sendNearlyAll(t, server.port, body);
  next.say(body.subarray(-1));
  await waitFor('an answer to the next one', () => next.status !== null);
  t.equal(next.status, 200, 'there is room again');
});

t.test('a body keeps its share until it is answered, and gives it back when its client leaves', async (t) => {
  const held: (() => void)[] = [];
  const hold = () => new Promise<void>((resolve) => held.push(resolve));
  const body = bodyOf(100_000);
  const server = await startBareServer(t, { ...limits, bodiesBytesMax: 150_000 }, hold);
  const leaving = await sendNearlyAll(t, server.port, body);
  const tooMuch = await sendNearlyAll(t, server.port, body);
  await waitFor('a refusal', () => tooMuch.status === 429);
  leaving.leave();
  await waitFor('the server to have seen it leave', () => server.rejected() === 2);
  const inWork = await sendNearlyAll(t, server.port, body);
  inWork.say(body.subarray(-1));
  await waitFor('it to be in work', () => held.length === 1);
  const another = await sendNearlyAll(t, server.port, body);
  await waitFor('a second refusal', () => another.status === 429);
  held[0]?.();
  await waitFor('its answer', () => inWork.status === 200);
  const last = await sendNearlyAll(t, server.port, body);
  last.say(body.subarray(-1));
  await waitFor('the last one to be in work', () => held.length === 2);
  held[1]?.();
  await waitFor('the last answer', () => last.status !== null);
  t.same([leaving.status, tooMuch.status, inWork.status, another.status, last.status], [null, 429, 200, 429, 200]);
  t.equal(server.asked.length, 2);
});

t.test('a body in the smallest pieces is one body, and one that has no end is refused', async (t) => {
  const server = await startBareServer(t, limits);
  const head = 'POST /inference HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n';
  const patient = await SlowClient.connect(t, server.port);
  const body = `{"input":[${'1,'.repeat(bodyFreeBytes)}1]}`;
  patient.say(head + [...body].map((character) => `1\r\n${character}\r\n`).join(''));
  patient.say('0\r\n\r\n');
  await waitFor('its answer', () => patient.status === 200);
  t.same(server.asked, [JSON.parse(body)]);
  const endless = await SlowClient.connect(t, server.port);
  endless.say(head);
  const piece = Buffer.concat([Buffer.from('10000\r\n'), bodyOf(0x1_0000), Buffer.from('\r\n')]);
  for (let pieces = 0; pieces < 17; pieces += 1) endless.say(piece);
  await waitFor('its refusal', () => endless.status !== null);
  t.equal(endless.status, 413);
});

t.test('clients that take too long are hung up on, wherever they stop', async (t) => {
  const server = await startBareServer(t, {
    ...limits,
    headersTimeoutMs: 400,
    requestTimeoutMs: 800,
    checkPeriodMs: 50,
  });
  const [silent, inHead, inBody] = await Promise.all(
    [
      '',
      'POST /inference HTTP/1.1\r\nhost: ',
      'POST /inference HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{',
    ].map(async (text) => {
      const client = await SlowClient.connect(t, server.port);
      if (text !== '') client.say(text);
      return client;
    }),
  );
  if (silent === undefined || inHead === undefined || inBody === undefined) throw new Error('there are three');
  const dripping = setInterval(() => {
    inHead.say('x');
    inBody.say(' ');
  }, 20);
  t.teardown(() => clearInterval(dripping));
  await waitFor('all to be closed', () => [silent, inHead, inBody].every(({ isClosed }) => isClosed));
  t.same(
    [silent, inHead, inBody].map(({ status }) => status),
    [408, 408, 408],
  );
  t.equal(server.asked.length, 0);
  t.equal((await askShortly(t, server.port)).status, 200);
});

t.test('a connection too many is closed, and the others go on', async (t) => {
  const server = await startBareServer(t, { ...limits, connectionsMax: 2 });
  const first = await askShortly(t, server.port);
  const second = await askShortly(t, server.port);
  const third = await SlowClient.connect(t, server.port);
  await waitFor('it to be closed', () => third.isClosed);
  t.equal(third.heard, '');
  first.leave();
  await waitFor('room for another', async () => {
    const next = await SlowClient.connect(t, server.port);
    next.announce(shortBody.length);
    next.say(shortBody);
    await waitFor('an end', () => next.status !== null || next.isClosed);
    return next.status === 200;
  });
  t.notOk(second.isClosed);
});
