import {
  type DeployRequest,
  decideStaging,
  defaultUsualWaves,
  documentsOfSteps,
  resolveSlots,
} from '@liquid-lln/coordinator';
import type { ReportedState } from '@liquid-lln/protocol';
import t from 'tap';
import {
  advance,
  deployOf,
  fleetOf,
  generationOf,
  newOffer,
  newPackage,
  outcomeOf,
  situationOf,
  someDevice,
  someFleet,
  withReport,
} from '../../../support/coordinator/rollout-builders.js';
import { someReport } from '../../../support/fleet-views.js';

type Fleet = ReturnType<typeof someFleet>;

function stage(fleet: Fleet, name = 'production-green', changes: Partial<DeployRequest> = {}, rollouts = []) {
  const target = resolveSlots({ name, environment: null }, fleet);
  const situation = { ...situationOf(fleet, 'production', rollouts), target, usualWaves: defaultUsualWaves };
  return decideStaging({ ...deployOf(null, name), ...changes }, newOffer, situation);
}

/** A report of a device that holds the new package in green, beside what serves. */
function staged(generation: number): Partial<ReportedState> {
  const { digest, name, version } = newPackage;
  const { slots } = someReport();
  const green = { state: 'staged' as const, package: { digest, name, version }, bytes: 1_000, failure: null };
  return { generation: generationOf(generation), slots: { ...slots, green }, outcome: outcomeOf('staged', generation) };
}

t.test('B20: a deploy to a slot lays the package into it on every device at once, device by device', async (t) => {
  let fleet = someFleet(3);
  const planned = stage(fleet);
  t.match(planned, { kind: 'stage', target: 'production-green', scope: { kind: 'devices' }, onTrip: 'halt-only' });
  t.match(planned.instruction, { kind: 'stage', slot: 'green', package: newPackage });
  const first = advance(planned, fleet, 1);
  const documents = documentsOfSteps(
    planned,
    first.plan.steps,
    { next: generationOf(1), parent: generationOf(0) },
    fleet,
  );
  t.same(
    documents.map((each) => (each.kind === 'desired' ? each.deviceId : each.environment)).sort(),
    ['gw-1', 'gw-2', 'gw-3'],
    'the wave of the environment stays in force',
  );
  for (const name of ['gw-1', 'gw-2']) fleet = withReport(fleet, name, staged(1));
  const waiting = advance(first.rollout, fleet, 2);
  t.same(waiting.plan.steps, [], 'all have to have it');
  t.same(waiting.plan.report.members.map((member) => member.progress).sort(), ['assigned', 'ready', 'ready']);
  fleet = withReport(fleet, 'gw-3', staged(1));
  t.equal(advance(first.rollout, fleet, 2).rollout.status, 'succeeded');
});

t.test('B20: a package that only lies in the slot, not yet verified for this, is not ready', async (t) => {
  let fleet = someFleet(1);
  const { rollout } = advance(stage(fleet), fleet, 1);
  fleet = withReport(fleet, 'gw-1', { ...staged(1), outcome: null });
  const { plan } = advance(rollout, fleet, 2);
  t.match(plan.report.members, [{ progress: 'staged', waitingFor: 'its verification in green' }]);
});

t.test('B20: where the slot serves, or the package does, nothing is sent to anybody', async (t) => {
  const live = { running: { ...someReport().running, slot: 'green' } };
  const mixed = fleetOf([someDevice('gw-1'), someDevice('gw-2', { reported: live }), someDevice('gw-3')]);
  t.throws(() => stage(mixed), { code: 'SLOT_LIVE', message: /green serves on gw-2: nothing was sent/ });
  t.throws(() => stage(mixed, 'production-blue'), { code: 'SLOT_LIVE', message: /blue serves on gw-1, gw-3/ });
  const { digest, name, version } = newPackage;
  const running = { ...someReport().running, digest, name, version };
  const there = fleetOf([someDevice('gw-1', { reported: { running } })]);
  t.throws(() => stage(there), { code: 'SLOT_LIVE', message: /occupancy-cfc@2\.0\.0 serves already on gw-1/ });
});

t.test('a device that refuses halts the staging, and takes it from nobody else', async (t) => {
  let fleet = someFleet(2);
  const { rollout } = advance(stage(fleet), fleet, 1);
  fleet = withReport(fleet, 'gw-1', { generation: generationOf(1), outcome: outcomeOf('refused', 1, 'STORAGE_FULL') });
  const halted = advance(rollout, fleet, 2);
  t.same(
    halted.plan.steps.map((step) => step.kind),
    ['record-failure', 'halt'],
  );
});

t.test('a quarantined package is staged only with a reason', async (t) => {
  const fleet = fleetOf([someDevice('gw-1', { reported: { quarantined: [newPackage.digest] } })]);
  t.throws(() => stage(fleet), { code: 'PACKAGE_QUARANTINED' });
  t.match(stage(fleet, 'production-green', { override: 'repaired' }).instruction, { override: 'repaired' });
});

t.test('a slot is named together with its environment, and is no target for devices', async (t) => {
  const fleet = someFleet(2);
  const slotsOf = (name: string) => resolveSlots({ name, environment: null }, fleet);
  t.match(slotsOf('production-blue'), { environment: 'production', slot: 'blue', label: 'production-blue' });
  for (const name of ['production', 'production-red', 'gw-1', 'all-green'])
    t.throws(() => slotsOf(name), { code: 'USAGE' }, name);
  t.throws(() => slotsOf('staging-green'), { code: 'TARGET_EMPTY' });
  t.throws(() => situationOf(fleet, 'production-green'), { code: 'USAGE', message: /the target is production/ });
});
