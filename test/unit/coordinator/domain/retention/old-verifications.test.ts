import { oldVerifications, verifiedPackagesMax } from '@liquid-lln/coordinator';
import type { Digest, Suite, VerificationRecord } from '@liquid-lln/protocol';
import t from 'tap';
import {
  deviceIdOf,
  fleetOf,
  newPackage,
  someFleet,
  someRollout,
  withReport,
} from '../../../../support/coordinator/rollout-builders.js';

const none = { fleet: fleetOf([]), documents: [], rollouts: [] };

function digestOf(number: number): Digest {
  return number.toString(16).padStart(64, '0') as Digest;
}

/** A verification of the package of this number, made when it was the newest. */
function verified(number: number, suite: Suite = 'smoke'): VerificationRecord {
  return {
    deviceId: deviceIdOf('gw-1'),
    package: { ...newPackage, digest: digestOf(number) },
    slot: 'blue',
    suite,
    target: 'production',
    isPassed: true,
    checks: [],
    atMs: number,
    actor: 'ada',
  };
}

const many = Array.from({ length: verifiedPackagesMax + 2 }, (_, index) => verified(index + 1));

t.test('of the newest packages of a device all verifications are kept, of older ones none', async (t) => {
  const records = [...many, verified(1, 'full'), verified(9, 'full')];
  t.same(oldVerifications(records, none), [verified(1), verified(2), verified(1, 'full')]);
  t.same(oldVerifications(many.slice(2), none), []);
});

t.test('those of a package that a device holds, or that a rollout brings, are kept', async (t) => {
  const fleet = someFleet(1);
  const running = { ...newPackage, digest: digestOf(1), slot: 'blue', state: 'confirmed', sinceMs: 1 } as const;
  const holder = withReport(fleet, 'gw-1', { running });
  t.same(oldVerifications(many, { ...none, fleet: holder }), [verified(2)]);
  const open = someRollout(fleet);
  if (open.instruction.kind !== 'deploy') return;
  const instruction = { ...open.instruction, package: { ...newPackage, digest: digestOf(2) } };
  t.same(oldVerifications(many, { ...none, rollouts: [{ ...open, instruction }] }), [verified(1)]);
});
