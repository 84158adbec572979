import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { MqttBus } from '@liquid-lln/agent';
import { MemoryLogger } from '@liquid-lln/agent/testing';
import { ManualClock } from '@liquid-lln/protocol/testing';
import t from 'tap';

/** CONNACK without an error (MQTT 3.1.1, 3.2): the only packet that this broker ever sends. */
const connectAccepted = Uint8Array.of(0x20, 0x02, 0x00, 0x00);

/** A broker that lets everybody in and never acknowledges anything. */
async function startMuteBroker() {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => socket.destroy());
    socket.once('data', () => socket.write(connectAccepted));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const close = () => {
    cut();
    server.close();
  };
  return { url: `mqtt://127.0.0.1:${port}`, cut, close };
}

async function connectBus(url: string) {
  const clock = new ManualClock();
  const init = { url, clientId: 'gw-1', username: 'gw-1', password: 'secret' };
  const bus = new MqttBus({ clock, random: () => 0, logger: new MemoryLogger() }, init);
  const message = { topic: 'a/b', payload: Uint8Array.of(1), qos: 1 as const, isRetained: false };
  await new Promise<void>((resolve) => {
    bus.start({ onConnect: resolve, onDisconnect: () => undefined, onMessage: () => undefined }, () => message);
  });
  return { bus, clock, message };
}

t.test('B7: a message that a lost connection took along is known to be lost', async (t) => {
  const broker = await startMuteBroker();
  const { bus, message } = await connectBus(broker.url);
  const isTaken = bus.publish(message);
  broker.cut();
  t.equal(await isTaken, false);
  await bus.stop();
  broker.close();
});

t.test('B7: a broker that does not acknowledge is not waited for without end', async (t) => {
  const broker = await startMuteBroker();
  const { bus, clock, message } = await connectBus(broker.url);
  const isTaken = bus.publish(message);
  clock.advance(10_000);
  t.equal(await isTaken, false);
  const stopped = bus.stop();
  clock.advance(10_000);
  await stopped;
  broker.close();
});
