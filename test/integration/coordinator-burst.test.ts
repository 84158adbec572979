import { connect } from 'node:net';
import { gatewayIdSchema, parseWith } from '@liquid-lln/protocol';
import { generate, type Packet } from 'mqtt-packet';
import t from 'tap';
import { eventually } from '../support/eventually.js';
import { startScriptedFleet } from '../support/scripted-fleet.js';

const messages = 20_000;

t.test('a gateway that sends twenty thousand messages at once does not bring the coordinator down', async (t) => {
  const { operator, coordinator } = await startScriptedFleet(t, 0);
  const gatewayId = parseWith(gatewayIdSchema, 'gw-1', 'gateway id');
  const { password } = await operator.request({ kind: 'enrol', gatewayId });
  const socket = connect(coordinator.port, '127.0.0.1');
  const send = (packet: Packet) => socket.write(generate(packet));
  send({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    clientId: gatewayId,
    keepalive: 60,
    username: gatewayId,
    password: Buffer.from(password),
  });
  let answer = Buffer.alloc(0);
  socket.on('data', (data) => {
    answer = Buffer.concat([answer, data]);
  });
  await eventually('it is let in', () => answer.length > 0);
  const health = { cmd: 'publish', qos: 0, dup: false, retain: false, payload: Buffer.from('?') } as const;
  const packet = generate({ ...health, topic: `lln/v1/default/device/${gatewayId}/health` });
  socket.write(Buffer.concat(Array.from({ length: messages }, () => packet)));
  // Behind all the others of its connection: the coordinator has taken them when it answers this one.
  send({ ...health, qos: 1, messageId: 1, topic: `lln/v1/default/device/${gatewayId}/health` });
  const acknowledgement = generate({ cmd: 'puback', messageId: 1 });
  await eventually('all are taken', () => answer.includes(acknowledgement), 30_000);
  socket.destroy();
  t.match(await operator.ask({ kind: 'packages' }), { of: 'packages' });
});
