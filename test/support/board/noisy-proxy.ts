import { connect, createServer, type Socket } from 'node:net';
import { type Random, seededRandom } from '@liquid-lln/protocol';
import type { Test } from 'tap';

/** Listens at `path` and passes bytes on to the socket `target` and back; one bit turns over in `flipRate` of them. */
export function startNoisyProxy(t: Test, path: string, target: string, flipRate: number): Promise<void> {
  const random = seededRandom(3);
  const server = createServer((client) => {
    const board = connect(target);
    pass(client, board, flipRate, random);
    pass(board, client, flipRate, random);
  });
  t.teardown(() => new Promise((resolve) => server.close(() => resolve(undefined))));
  return new Promise((resolve) => server.listen(path, resolve));
}

function pass(from: Socket, to: Socket, flipRate: number, random: Random): void {
  const spoil = (byte: number) => (random() < flipRate ? byte ^ (1 << Math.floor(random() * 8)) : byte);
  from.on('data', (bytes) => to.write(Uint8Array.from(bytes, spoil)));
  from.on('error', () => to.destroy());
  from.once('close', () => to.destroy());
}
