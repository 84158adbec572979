import { createHash } from 'node:crypto';
import {
  digestSchema,
  type Incident,
  type OperatorReplyTo,
  type OperatorRequest,
  parseWith,
} from '@liquid-lln/protocol';
import t from 'tap';
import { InMemoryFleet } from '../../../support/coordinator/in-memory-fleet.js';
import { down, ScriptedChannels, somePolicy } from '../../../support/coordinator/notices.js';
import { deployRequest } from '../../../support/operator-client.js';
import { digestOf, tinyPackage } from '../../../support/tiny-package.js';

const file = tinyPackage();
const fileDigest = parseWith(digestSchema, createHash('sha256').update(file).digest('hex'), 'digest');
const digest = parseWith(digestSchema, digestOf(file), 'digest');

async function startFleet(devices: number, channels = new ScriptedChannels()): Promise<InMemoryFleet> {
  const fleet = new InMemoryFleet(devices, { alerting: somePolicy, channels });
  await fleet.start();
  await fleet.enrolAll();
  await fleet.turn();
  return fleet;
}

/** Begins a rollout that waits for a device that will not step. */
async function deployTo(fleet: InMemoryFleet): Promise<void> {
  await fleet.ask({ kind: 'upload-open', fileDigest, sizeBytes: file.length }, 'u1');
  await fleet.ask({ kind: 'upload-chunk', fileDigest, offset: 0, data: new Uint8Array(file) }, 'u2');
  await fleet.ask({ kind: 'upload-close', fileDigest }, 'u3');
  await fleet.ask(deployRequest(digest, 'production', [100]), 'd1');
}

async function silentFor(fleet: InMemoryFleet, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    fleet.clock.advance(1_000);
    await fleet.breathe();
  }
}

let asked = 0;
async function incidentsOf(fleet: InMemoryFleet): Promise<Incident[]> {
  const reply = await fleet.ask({ kind: 'incidents', withClosed: true, limit: 10 }, `i-${++asked}`);
  return (reply as OperatorReplyTo<'incidents'>).incidents;
}

async function statusOf(fleet: InMemoryFleet): Promise<string[]> {
  const reply = (await fleet.ask({ kind: 'rollouts', limit: 10 }, `r-${++asked}`)) as OperatorReplyTo<'rollouts'>;
  return reply.rollouts.map(({ status }) => status);
}

/** Two of eight devices fall silent for a while; the others go on. */
async function loseTwo(fleet: InMemoryFleet, seconds: number): Promise<void> {
  const lost = fleet.devices.slice(0, 2).map((device) => {
    const { step } = device;
    device.step = () => undefined;
    return () => {
      device.step = step;
    };
  });
  for (let second = 0; second < seconds; second += 1) await fleet.turn();
  for (const restore of lost) restore();
}

t.test(
  'B51: two devices that stay silent are an emergency: stopped, isolated, told, documented, escalated',
  async (t) => {
    const channels = new ScriptedChannels();
    const fleet = await startFleet(8, channels);
    await loseTwo(fleet, 60);
    t.same(await incidentsOf(fleet), [], 'silence has to last');
    const { devices } = fleet;
    const stuck = devices[0];
    await deployTo(fleet);
    await loseTwo(fleet, 150);
    const [incident] = await incidentsOf(fleet);
    t.match(incident, {
      cause: 'devices-unresponsive',
      status: 'open',
      devices: ['gw-1', 'gw-2'],
      openedBy: 'coordinator',
    });
    t.same(await statusOf(fleet), ['halted']);
    const entries = incident?.timeline.map(({ kind }) => kind) ?? [];
    t.same(entries.slice(0, 6), ['opened', 'stopped', 'isolated', 'notified', 'noted', 'notified']);
    t.ok(channels.through('pager').includes(`emergency ${incident?.incidentId}`));
    t.ok(channels.through('chat').includes(`emergency ${incident?.incidentId}`), 'every role is told');
    await fleet.turn();
    t.equal(stuck?.reported.isolation?.isolated, true, 'it takes it up when it is back');
    t.equal(devices[3]?.reported.isolation, undefined);
  },
);

t.test('B51: half of the fleet silent is stopped and told, but not isolated by itself', async (t) => {
  const fleet = await startFleet(2);
  await silentFor(fleet, 120);
  const [incident] = await incidentsOf(fleet);
  t.match(incident?.timeline[2], { kind: 'isolated', text: /no device; 2 of 2 devices of production are concerned/ });
  t.same((await fleet.store.load()).isolations, []);
});

t.test('B51: with the first channel down the second one is paged, and the timeline says so', async (t) => {
  const channels = new ScriptedChannels();
  channels.answer('pager', down);
  const fleet = await startFleet(2, channels);
  await silentFor(fleet, 170);
  const [incident] = await incidentsOf(fleet);
  t.ok(channels.through('mail').includes(`emergency ${incident?.incidentId}`));
  t.ok(incident?.timeline.some(({ text }) => /pager fails .*: mail takes over/.test(text)));
  t.ok(incident?.timeline.some(({ text }) => text === 'mail has delivered it to on-call-engineer'));
});

t.test('B51: who takes an incident is told no more, and kill -9 forgets neither', async (t) => {
  const channels = new ScriptedChannels();
  const fleet = await startFleet(2, channels);
  await silentFor(fleet, 120);
  const [incident] = await incidentsOf(fleet);
  if (incident === undefined) throw new Error('there is no incident');
  const { incidentId } = incident;
  t.match(await fleet.ask({ kind: 'incident-acknowledge', incidentId, reason: 'on it' }, 'k'), {
    incident: { status: 'acknowledged', acknowledged: { by: 'operator' } },
  });
  fleet.kill();
  await fleet.start();
  await silentFor(fleet, 1_300);
  const told = channels.through('pager').filter((text) => text.includes(incidentId));
  t.same(told, [`emergency ${incidentId}`, `acknowledged ${incidentId}`]);
  t.match(await fleet.ask({ kind: 'document', incidentId: null, note: 'power was out' }, 'n'), {
    incident: { incidentId, status: 'acknowledged' },
  });
  const closed = await fleet.ask({ kind: 'incident-close', incidentId, reason: 'power is back' }, 'c');
  t.match(closed, { incident: { status: 'closed', closed: { reason: 'power is back' } } });
  const timeline = (closed as OperatorReplyTo<'incident-close'>).incident.timeline;
  const said = timeline.filter(({ actor }) => actor === 'operator').map(({ kind, text }) => `${kind} ${text}`);
  t.same(said, ['acknowledged on it', 'noted power was out', 'closed power is back']);
});

const emergency: OperatorRequest = {
  kind: 'emergency',
  target: { name: 'gw-1', environment: null },
  role: null,
  reason: 'it smokes',
};

for (const when of ['before', 'after'] as const) {
  t.test(
    `B51: an emergency by hand is all there or not at all when killed ${when} its commit; once when repeated`,
    async (t) => {
      const channels = new ScriptedChannels();
      const fleet = await startFleet(4, channels);
      await deployTo(fleet);
      const die = (): void => {
        fleet.store.beforeCommit = () => undefined;
        fleet.store.afterCommit = () => undefined;
        throw new Error('kill -9');
      };
      if (when === 'before') fleet.store.beforeCommit = die;
      else fleet.store.afterCommit = die;
      t.equal(await fleet.ask(emergency, 'e'), null, 'nobody was promised anything');
      await fleet.start();
      t.same(await statusOf(fleet), [when === 'before' ? 'running' : 'halted']);
      t.equal((await incidentsOf(fleet)).length, when === 'before' ? 0 : 1);
      t.match(await fleet.ask(emergency, 'e'), {
        of: 'emergency',
        isolated: ['gw-1'],
        incident: { incidentId: 'i-1' },
      });
      t.same(await statusOf(fleet), ['halted']);
      t.equal((await incidentsOf(fleet)).length, 1);
      await silentFor(fleet, 1);
      await fleet.turn();
      t.equal(fleet.devices[0]?.reported.isolation?.isolated, true);
      const told = new Set(
        channels.arrived.filter(({ event }) => event === 'emergency').map(({ noticeId }) => noticeId),
      );
      t.equal(told.size, 1);
      const actions = (await fleet.store.readAudit(100)).map(({ action }) => action);
      t.equal(actions.filter((action) => action === 'emergency').length, 1);
      t.equal(actions.filter((action) => action === 'stop').length, 1);
    },
  );
}

t.test('escalate opens an incident, or tells the next role of one', async (t) => {
  const channels = new ScriptedChannels();
  const fleet = await startFleet(2, channels);
  const escalate = { kind: 'escalate' as const, role: null, reason: 'the outputs are odd' };
  const made = (await fleet.ask({ ...escalate, incidentId: null }, 'a')) as OperatorReplyTo<'escalate'>;
  t.match(made.incident, { cause: 'operator', title: 'the outputs are odd', escalation: { level: 0 } });
  const { incidentId } = made.incident;
  const named = { ...escalate, role: 'ml-team' as const, incidentId };
  t.match(await fleet.ask(named, 'b'), { incident: { chain: ['on-call-engineer', 'devops-team', 'ml-team'] } });
  await silentFor(fleet, 1);
  t.ok(channels.through('chat').includes(`escalated ${incidentId}`));
  t.match(await fleet.ask({ ...escalate, incidentId: 'i-99' as typeof incidentId }, 'c'), {
    error: { code: 'INCIDENT_UNKNOWN' },
  });
});
