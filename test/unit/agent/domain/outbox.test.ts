import {
  acknowledgeEvents,
  addEvents,
  decodeFrames,
  emptyOutbox,
  encodeFrame,
  type PostedEvent,
} from '@liquid-lln/agent/testing';
import type { Breach } from '@liquid-lln/protocol';
import t from 'tap';

const breach: Breach = { metric: 'latency', level: 'alert', value: 2, limit: 1, unit: 'us', samples: 1 };

function event(sequence: number, kind: 'alert' | 'started' = 'started'): PostedEvent {
  const body: PostedEvent['body'] =
    kind === 'started' ? { kind, agentVersion: '1', recovered: '' } : { kind, breach, isRaised: true, digest: null };
  return { sequence, atMs: 0, body };
}

t.test('events are added once, whatever is added again', async (t) => {
  const { outbox } = addEvents(emptyOutbox, [event(1), event(2)]);
  const again = addEvents(outbox, [event(1), event(2), event(3)]);
  t.same(
    again.added.map(({ sequence }) => sequence),
    [3],
  );
  t.same(
    again.outbox.events.map(({ sequence }) => sequence),
    [1, 2, 3],
  );
});

t.test('what is acknowledged is forgotten, and never comes back', async (t) => {
  const { outbox } = addEvents(emptyOutbox, [event(1), event(2)]);
  const rest = acknowledgeEvents(outbox, 2);
  t.same(rest.events, []);
  t.same(addEvents(rest, [event(2)]).outbox.events, []);
});

t.test('a full outbox makes room at once, of alerts first', async (t) => {
  const events = Array.from({ length: 20 }, (_, index) => event(index + 1, index % 2 === 0 ? 'alert' : 'started'));
  const { outbox, lost } = addEvents(addEvents(emptyOutbox, events, 20).outbox, [event(21)], 20);
  t.equal(lost, 2);
  t.same(outbox.events.map(({ sequence }) => sequence).slice(0, 3), [2, 4, 5]);
  t.equal(outbox.lastSequence, 21);
});

t.test('of a torn file everything before the tear is read', async (t) => {
  const whole = Buffer.concat([encodeFrame({ a: 1 }), encodeFrame({ b: 2 })]);
  const first = encodeFrame({ a: 1 }).length;
  for (let length = 0; length <= whole.length; length += 1) {
    const { values, intactBytes } = decodeFrames(whole.subarray(0, length));
    t.equal(values.length, length < first ? 0 : length < whole.length ? 1 : 2);
    t.equal(intactBytes, length < first ? 0 : length < whole.length ? first : whole.length);
  }
});

t.test('no bit of a frame can change unnoticed', async (t) => {
  const frame = encodeFrame({ generation: 7 });
  for (let bit = 0; bit < frame.length * 8; bit += 1) {
    const damaged = frame.slice();
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    t.equal(decodeFrames(damaged).values.length, 0);
  }
});
