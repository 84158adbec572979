import { MessageQueue } from '@liquid-lln/cli/testing';
import t from 'tap';

async function readAll<T>(queue: MessageQueue<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of queue) items.push(item);
  return items;
}

t.test('what was pushed is read in order, then the end', async (t) => {
  const queue = new MessageQueue<number>();
  const reading = readAll(queue);
  queue.push(1);
  await Promise.resolve();
  queue.push(2);
  queue.end();
  queue.push(3);
  t.same(await reading, [1, 2]);
});

t.test('a full queue drops the oldest and counts it', async (t) => {
  const queue = new MessageQueue<number>(2);
  for (const item of [1, 2, 3, 4]) queue.push(item);
  queue.end();
  t.same(await readAll(queue), [3, 4]);
  t.equal(queue.lost, 2);
});

t.test('a failure comes after what was pushed before it', async (t) => {
  const queue = new MessageQueue<number>();
  queue.push(1);
  queue.fail(new Error('broken'));
  queue.end();
  const seen: number[] = [];
  const reading = (async () => {
    for await (const item of queue) seen.push(item);
  })();
  await t.rejects(reading, /broken/);
  t.same(seen, [1]);
});

t.test('a cleared queue forgets what nobody read', async (t) => {
  const queue = new MessageQueue<number>();
  queue.push(1);
  queue.clear();
  queue.push(2);
  queue.end();
  t.same(await readAll(queue), [2]);
});
