import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { MqttBus } from '@liquid-lln/agent';
import { MemoryLogger } from '@liquid-lln/agent/testing';
import { ManualClock } from '@liquid-lln/protocol/testing';
import t from 'tap';
import { waitFor } from '../support/wait-for.js';

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
  /** Takes nothing off the line any more. */
  const stall = () => {
    for (const socket of sockets) socket.pause();
  };
  const flow = () => {
    for (const socket of sockets) socket.resume();
  };
  const received = () => sockets.reduce((sum, socket) => sum + socket.bytesRead, 0);
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const close = () => {
    cut();
    server.close();
  };
  return { url: `mqtt://127.0.0.1:${port}`, stall, flow, received, cut, close };
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

t.test('B56: on a line that takes nothing telemetry is dropped, and what counts is not', async (t) => {
  const broker = await startMuteBroker();
  const { bus, message } = await connectBus(broker.url);
  broker.stall();
  const telemetry = { ...message, payload: new Uint8Array(4_096), qos: 0 as const };
  const sent = Array.from({ length: 10_000 }, () => bus.publish(telemetry));
  const important = bus.publish({ ...message, payload: new Uint8Array(100_000) });
  const before = broker.received();
  broker.flow();
  const taken = (await Promise.all(sent)).filter((isTaken) => isTaken).length;
  t.ok(taken > 0 && taken < 5_000, `${taken} of 10,000 messages went out`);
  await waitFor('the important message to arrive', () => broker.received() - before > taken * 4_096 + 100_000);
  broker.cut();
  t.equal(await important, false, 'and whoever sent it knows that nobody acknowledged it');
  t.equal(await bus.publish(telemetry), false);
  await bus.stop();
  broker.close();
});
