import { MalformedMessages, silentLogger } from '@liquid-lln/coordinator';
import { LlnError } from '@liquid-lln/protocol';
import { ManualClock } from '@liquid-lln/protocol/testing';
import t from 'tap';

const error = new LlnError('MESSAGE_INVALID', 'nonsense');

function countingMessages() {
  const clock = new ManualClock();
  const logged: unknown[] = [];
  const logger = { ...silentLogger, warn: (fields: object) => void logged.push(fields) };
  return { clock, logged, messages: new MalformedMessages(clock, logger) };
}

t.test('what cannot be used is counted, and logged once a minute for each sender', async (t) => {
  const { clock, logged, messages } = countingMessages();
  for (let count = 0; count < 1_000; count += 1) messages.note('device/gw-1', error);
  messages.note('device/gw-2', error);
  t.match(logged, [
    { sender: 'device/gw-1', count: 1 },
    { sender: 'device/gw-2', count: 1 },
  ]);
  t.equal(messages.total, 1_001);
  clock.advance(60_000);
  messages.note('device/gw-1', error);
  t.match(logged.at(-1), { sender: 'device/gw-1', count: 1_001, reason: 'nonsense' });
  t.equal(logged.length, 3);
});

t.test('however many senders there are, memory and log are bounded', async (t) => {
  const { logged, messages } = countingMessages();
  const senders = 20_000;
  for (let sender = 0; sender < senders; sender += 1) messages.note(`device/gw-${sender}`, error);
  for (let sender = 0; sender < 5_000; sender += 1) messages.note(`device/one-more-${sender}`, error);
  t.equal(messages.total, senders + 5_000);
  t.equal(logged.length, senders + 1);
});
