import { createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ChannelName, channelNameSchema, parseWith } from '@liquid-lln/protocol';
import t, { type Test } from 'tap';
import { CoordinatorProcess } from '../support/coordinator-process.js';
import { eventually } from '../support/eventually.js';
import { HttpReceiver } from '../support/http-receiver.js';
import { MailReceiver } from '../support/mail-receiver.js';
import { deployRequest, OperatorClient } from '../support/operator-client.js';
import { ScriptedDevice } from '../support/scripted-device.js';
import { signedPackage, testKeys } from '../support/signed-package.js';

// A coordinator as a process, receivers of webhooks and mail on sockets, and what goes wrong between them.

t.setTimeout(120_000);

const secret = 'a secret of sixteen and more';

interface Setting {
  readonly coordinator: CoordinatorProcess;
  readonly operator: OperatorClient;
  readonly hook: HttpReceiver;
  readonly pager: HttpReceiver;
  readonly mail: MailReceiver;
  /** Starts the coordinator again on the same data and port. */
  restart(): Promise<void>;
  /** What the coordinator has on disk, and wrote in its configuration's folder. */
  readonly dataDir: string;
}

async function start(t: Test): Promise<Setting> {
  const dataDir = t.testdir({
    trusted: { 'test.pub': testKeys.publicPem },
    'hook.secret': `${secret}\n`,
    'pager.key': 'routing-key-1\n',
  });
  const [hook, pager, mail] = [await HttpReceiver.start(), await HttpReceiver.start(), await MailReceiver.start()];
  const alerting = {
    channels: {
      hook: { kind: 'webhook', url: hook.url, secretFile: 'hook.secret', topics: ['rollouts', 'devices'] },
      pager: { kind: 'pagerduty', url: pager.url, routingKeyFile: 'pager.key' },
      mail: {
        kind: 'smtp',
        host: '127.0.0.1',
        port: mail.port,
        tls: 'if-offered',
        from: 'liquid-lln <lln@example.org>',
        to: ['ops@example.org'],
      },
    },
    roles: { 'on-call-engineer': ['pager', 'mail'] },
    failoverSeconds: 2,
  };
  const config = join(dataDir, 'coordinator.json');
  writeFileSync(config, JSON.stringify({ dataDir, alerting, checklist: { required: [] } }));
  let coordinator = await CoordinatorProcess.start(dataDir, 0, ['--config', config]);
  const operator = await OperatorClient.connect(coordinator.operator);
  t.teardown(async () => {
    await operator.disconnect();
    await coordinator.kill();
    await Promise.all([hook.stop(), pager.stop(), mail.stop()]);
  });
  return {
    get coordinator() {
      return coordinator;
    },
    operator,
    hook,
    pager,
    mail,
    dataDir,
    restart: async () => {
      coordinator = await CoordinatorProcess.start(dataDir, coordinator.port, ['--config', config]);
    },
  };
}

async function join1(t: Test, { operator, coordinator }: Setting): Promise<ScriptedDevice> {
  const { password } = await operator.request({ kind: 'enrol', gatewayId: 'gw-1' as never });
  const device = await ScriptedDevice.connect({ url: coordinator.url, password, gatewayId: 'gw-1' });
  t.teardown(() => device.disconnect());
  await eventually('it is admitted', async () => {
    const reply = await operator.ask({ kind: 'devices', target: { name: 'all', environment: null } });
    return reply.of === 'devices';
  });
  return device;
}

function tell({ operator }: Setting, message: string, channel: ChannelName | null = null) {
  const role = channel === null ? ('on-call-engineer' as const) : null;
  return operator.request({ kind: 'notify', isTest: false, role, channel, message });
}

const story = ['deploy', 'wave-started', 'wave-passed', 'rollout-succeeded'];

t.test('B53: every event of a rollout is posted, signed and in order', async (t) => {
  const setting = await start(t);
  const { operator, hook } = setting;
  await join1(t, setting);
  const digest = await operator.register(signedPackage());
  await operator.request(deployRequest(digest, 'production', [100]));
  await eventually('the story arrives', () => hook.bodies.some(({ event }) => event === 'rollout-succeeded'));
  t.same(
    hook.bodies.map(({ event }) => event),
    story,
  );
  for (const { body, headers } of hook.received) {
    const signed = `${String(headers['lln-timestamp'])}.${body}`;
    const expected = `v1=${createHmac('sha256', secret).update(signed).digest('hex')}`;
    t.equal(headers['lln-signature'], expected);
    t.equal(headers['idempotency-key'], (JSON.parse(body) as { id: string }).id);
  }
  t.same(
    hook.bodies.map(({ sequence }) => sequence),
    [1, 2, 3, 4],
  );
  t.match(hook.bodies[0], { topic: 'rollouts', facts: { actor: 'operator', target: 'production', wave: 1 } });
});

t.test(
  'B53: killed between delivery and its own commit, it sends the same again with the same id, in order',
  async (t) => {
    const setting = await start(t);
    const { operator, hook } = setting;
    await join1(t, setting);
    let kills = 0;
    hook.onReceived = async () => {
      if (hook.received.length % 2 === 1 && kills < 3) {
        kills += 1;
        await setting.coordinator.kill();
        void setting.restart();
      }
    };
    const digest = await operator.register(signedPackage());
    await operator.ask(deployRequest(digest, 'production', [100]));
    await eventually('the story arrives', () => hook.bodies.some(({ event }) => event === 'rollout-succeeded'), 60_000);
    const seen = new Map(hook.bodies.map(({ id, event }) => [id, event]));
    t.same([...seen.values()], story, 'everything, in order');
    t.ok(kills > 0 && hook.received.length > seen.size, `${kills} kills, ${hook.received.length} deliveries`);
    const sequences = hook.bodies.map(({ sequence }) => Number(sequence));
    t.same(
      sequences,
      sequences.toSorted((a, b) => a - b),
    );
  },
);

for (const manner of [500, 'close'] as const) {
  t.test(`B53: a receiver that answers with ${manner} is asked again until it takes it`, async (t) => {
    const setting = await start(t);
    const { hook } = setting;
    hook.manner = manner;
    await tell(setting, 'one', parseWith(channelNameSchema, 'hook', 'channel'));
    await tell(setting, 'two', parseWith(channelNameSchema, 'hook', 'channel'));
    await eventually('it is tried twice', () => hook.received.length >= 2);
    t.equal(new Set(hook.bodies.map(({ id }) => id)).size, 1, 'the first one first');
    hook.manner = 200;
    await eventually('both arrive', () => hook.bodies.some(({ title }) => title === 'two'), 20_000);
  });
}

t.test('B51: where the first channel hangs or fails, mail arrives by the second', async (t) => {
  const setting = await start(t);
  const { pager, mail, operator } = setting;
  pager.manner = 503;
  await tell(setting, 'the plant is on fire');
  const received = await eventually('the mail arrives', () => mail.mails[0] ?? false, 20_000);
  t.match(received.text, /Subject: \[liquid-lln default\] the plant is on fire/);
  t.match(received, { from: /<lln@example.org>/, to: [/<ops@example.org>/] });
  t.match(pager.bodies[0], { routing_key: 'routing-key-1', event_action: 'trigger', payload: { severity: 'info' } });
  const { channels } = await operator.request({ kind: 'channels' });
  t.match(
    channels.find(({ channel }) => channel === 'pager'),
    { failing: { detail: 'the receiver answers 503' }, waiting: 0 },
  );
  pager.manner = 'hang';
  await tell(setting, 'still burning');
  await eventually(
    'the second mail arrives',
    () => mail.mails.some(({ text }) => text.includes('still burning')),
    20_000,
  );
});

t.test('a mailbox that is not there is given up, and on record; the next mail goes on', async (t) => {
  const setting = await start(t);
  const { mail, operator } = setting;
  const channel = parseWith(channelNameSchema, 'mail', 'channel');
  mail.recipientAnswer = '550 no such mailbox';
  await tell(setting, 'lost', channel);
  const entry = await eventually('it is given up', async () => {
    const { entries } = await operator.request({ kind: 'audit', limit: 20 });
    return entries.find(({ action }) => action === 'notice-given-up') ?? false;
  });
  t.match(entry, { subject: 'mail', detail: /550/ });
  mail.recipientAnswer = '250 ok';
  await tell(setting, 'found', channel);
  await eventually('the next one arrives', () => mail.mails.some(({ text }) => text.includes('found')));
});

t.test('secrets are in no store, and what the configuration lacks is named', async (t) => {
  const setting = await start(t);
  await tell(setting, 'hello', parseWith(channelNameSchema, 'hook', 'channel'));
  await eventually('it arrives', () => setting.hook.received.length === 1);
  await setting.coordinator.stop();
  const stored = readFileSync(join(setting.dataDir, 'fleet.db'), 'latin1');
  t.notOk(stored.includes(secret) || stored.includes('routing-key-1'));
  const config = join(setting.dataDir, 'coordinator.json');
  writeFileSync(join(setting.dataDir, 'hook.secret'), 'short');
  await t.rejects(
    CoordinatorProcess.start(setting.dataDir, 0, ['--config', config]),
    /channel hook: the secret has less/,
  );
  await setting.restart().catch(() => undefined);
});
