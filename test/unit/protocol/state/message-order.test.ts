import { isLaterMessage, type MessagePlace, messageNumber } from '@liquid-lln/protocol';
import t from 'tap';

function place(start: number, count: number, unrecordedStart?: string): MessagePlace {
  return { number: messageNumber(start, count), unrecordedStart };
}

t.test('B4: messages are ordered by their start, then by their count in it', async (t) => {
  t.ok(isLaterMessage(place(3, 7), place(3, 8)));
  t.notOk(isLaterMessage(place(3, 7), place(3, 7)));
  t.ok(isLaterMessage(place(3, 900), place(4, 1)));
  t.notOk(isLaterMessage(place(4, 1), place(3, 900)));
});

t.test('a start that a full disk did not note is older than whatever else has its number', async (t) => {
  t.ok(isLaterMessage(place(3, 9), place(4, 1, 'full')));
  t.ok(isLaterMessage(place(4, 9, 'full'), place(4, 1)), 'the next start, which the disk has taken');
  t.notOk(isLaterMessage(place(4, 1), place(4, 9, 'full')), 'and what is late from the one before');
  t.ok(isLaterMessage(place(4, 9, 'full'), place(4, 1, 'still full')));
  t.ok(isLaterMessage(place(4, 9, 'full'), place(4, 10, 'full')));
  t.notOk(isLaterMessage(place(4, 9, 'full'), place(3, 10)));
});
