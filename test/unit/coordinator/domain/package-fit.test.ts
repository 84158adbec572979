import {
  decideDeploy,
  decideRollbackToVersion,
  type FleetDevice,
  findMisfits,
  type Misfit,
  misfitError,
  misfitOf,
} from '@liquid-lln/coordinator';
import { isLlnError, type LlnError } from '@liquid-lln/protocol';
import t from 'tap';
import {
  advance,
  deployOf,
  fleetOf,
  newOffer,
  newPackage,
  runningNew,
  situationOf,
  someDevice,
  someRollout,
  withReport,
} from '../../../support/coordinator/rollout-builders.js';

const rollback = {
  kind: 'rollback' as const,
  target: { name: 'production', environment: null },
  to: { kind: 'version' as const, name: newPackage.name, version: newPackage.version },
  reason: null,
};

function withKernel(name: string, kernelAbi: number): FleetDevice {
  return someDevice(name, { reported: { kernelAbi } });
}

function errorOf(act: () => unknown): LlnError | null {
  try {
    act();
  } catch (error) {
    if (isLlnError(error)) return error;
  }
  return null;
}

t.test('B38: a device runs what its kernel is for, and what its slots hold', async (t) => {
  const needs = { kernelAbi: 1, imageBytes: 800 };
  const withSlots = (blue: number, green: number) =>
    misfitOf(someDevice('gw-1.a', { reported: { slotBytes: { blue, green } } }), needs);
  t.equal(misfitOf(withKernel('gw-1', 1), needs), null);
  t.match(misfitOf(withKernel('gw-1', 2), needs), { code: 'IMAGE_ABI_UNSUPPORTED', needed: 1, available: 2 });
  t.equal(withSlots(100, 800), null, 'the larger slot is enough');
  t.match(withSlots(100, 799), { code: 'BOARD_TOO_SMALL', needed: 800, available: 799 });
  t.equal(misfitOf(withKernel('gw-1', 2), null), null, 'of a package whose needs are not known the device decides');
});

t.test(
  'B38: a deployment that no device of the target can run is refused with the devices and both numbers',
  async (t) => {
    const fleet = fleetOf([withKernel('gw-1', 2), withKernel('gw-2', 3)]);
    const error = errorOf(() => decideDeploy(deployOf(null), newOffer, situationOf(fleet, 'production')));
    t.match(error, {
      code: 'IMAGE_ABI_UNSUPPORTED',
      message: '2 of 2 devices cannot run occupancy-cfc@2.0.0: it needs kernel ABI 1, 2 on gw-1, 3 on gw-2',
      context: { devices: 'gw-1, gw-2', needed: 1, available: '2, 3' },
    });
  },
);

t.test(
  'B38: a deployment that some devices cannot run is refused with those, and fits a narrower target',
  async (t) => {
    const fleet = fleetOf([withKernel('gw-1', 1), withKernel('gw-2', 2), withKernel('gw-3', 1)]);
    const deploy = (target: string) => decideDeploy(deployOf([100], target), newOffer, situationOf(fleet, target));
    const error = errorOf(() => deploy('production'));
    t.match(error, { code: 'IMAGE_ABI_UNSUPPORTED', message: /^1 of 3 devices/, context: { devices: 'gw-2' } });
    t.same(
      deploy('gw-3').members.map(({ deviceId }) => deviceId),
      ['gw-3'],
    );
  },
);

t.test('B38: a board with too small slots is refused by its number, and other kernels come first', async (t) => {
  const slotBytes = { blue: 512, green: 640 };
  const board = someDevice('gw-2.a', { kind: 'posix', reported: { slotBytes } });
  const devices = [board, withKernel('gw-3', 2)];
  const alone = misfitError(findMisfits([board], newOffer.needs), 1, newPackage);
  t.match(alone, {
    code: 'BOARD_TOO_SMALL',
    message: /its network image needs a slot of 800 bytes, 640 on gw-2\.a$/,
    context: { needed: 800, available: '640' },
  });
  const both = misfitError(findMisfits(devices, newOffer.needs), 2, newPackage);
  t.match(both, { code: 'IMAGE_ABI_UNSUPPORTED', message: /ABI 1, 2 on gw-3; its network image .* 640 on gw-2\.a$/ });
});

t.test('B38: a refusal of thousands of devices is still a sentence', async (t) => {
  const misfits = Array.from({ length: 2_000 }, (_, index): Misfit => {
    const { deviceId } = someDevice(`gw-${index + 1}`);
    return { deviceId, code: 'IMAGE_ABI_UNSUPPORTED', needed: 1, available: 2 };
  });
  const { message } = misfitError(misfits, 2_000, newPackage);
  t.ok(message.length < 1_000);
  t.match(message, /on gw-20 and on 1980 more$/);
});

t.test('B38: more waves are refused when the devices that would enter cannot run the package any more', async (t) => {
  let fleet = fleetOf([withKernel('gw-1', 1), withKernel('gw-2', 1)]);
  const started = advance(someRollout(fleet, [50]), fleet, 1).rollout;
  const [first] = started.members;
  const entered = first?.deviceId ?? '';
  fleet = withReport(fleet, entered, runningNew('confirmed', 1));
  const waiting = advance(started, fleet, 2).rollout;
  const other = entered === 'gw-1' ? 'gw-2' : 'gw-1';
  const grow = () => decideDeploy(deployOf([100]), newOffer, situationOf(fleet, 'production', [waiting]));
  fleet = withReport(fleet, entered, { kernelAbi: 2 });
  t.equal(grow().members.length, 2, 'what has the package does not matter');
  fleet = withReport(fleet, other, { kernelAbi: 2 });
  t.match(errorOf(grow), { code: 'IMAGE_ABI_UNSUPPORTED', context: { devices: other } });
});

t.test('B38: a rollback to a version is refused only if nobody can run it', async (t) => {
  const mixed = fleetOf([withKernel('gw-1', 1), withKernel('gw-2', 2)]);
  const rollout = decideRollbackToVersion(rollback, newOffer, situationOf(mixed, 'production'));
  t.equal(rollout.members.length, 2, 'it does not keep the others from it');
  const none = situationOf(fleetOf([withKernel('gw-2', 2)]), 'production');
  t.match(
    errorOf(() => decideRollbackToVersion(rollback, newOffer, none)),
    { code: 'IMAGE_ABI_UNSUPPORTED' },
  );
});
