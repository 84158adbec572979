import { completeVerification, measuredTargetOf, recordOf } from '@liquid-lln/coordinator';
import type { Check, MeasurementResult, PackageIdentity } from '@liquid-lln/protocol';
import t from 'tap';
import { someHealth } from '../../../support/fleet-views.js';

const [device, other] = ['a', 'b'].map((letter) => ({
  digest: letter.repeat(64),
  name: 'model',
  version: '1.0.0',
})) as [PackageIdentity, PackageIdentity];

const sent: Check = { name: 'telemetry', state: 'passed', detail: 'sent', seconds: 0 };
const golden: Check = { name: 'golden-vectors', state: 'passed', detail: 'equal', seconds: 1 };

function resultWith(checks: Check[], telemetry: { epoch: string; sequence: number } | null): MeasurementResult {
  return {
    package: device,
    slot: 'blue',
    state: 'confirmed',
    startedMs: 0,
    seconds: 1,
    conditions: { temperatureC: null, cpuRatio: null, served: 0, failed: 0 },
    findings: { kind: 'verify', suite: 'integration', checks, telemetry },
  };
}

function statesOf({ findings }: MeasurementResult): (readonly [string, string])[] {
  return findings.kind === 'verify' ? findings.checks.map(({ name, state }) => [name, state] as const) : [];
}

t.test('the right version is what the coordinator wants, not what the device says', async (t) => {
  const found = (desired: PackageIdentity | null, isLive = true) =>
    statesOf(completeVerification(resultWith([golden], null), { desired, health: null, isLive }))[0];
  t.same(found(device), ['version', 'passed']);
  t.same(found(other), ['version', 'failed']);
  t.same(found(null), ['version', 'skipped']);
  t.same(found(other, false), ['version', 'skipped'], 'what serves nobody is not wanted to serve');
});

t.test('telemetry has passed when the message of which the device speaks is here', async (t) => {
  const health = someHealth('gw-1');
  const telemetry = { epoch: health.epoch, sequence: health.sequence };
  const good = { ...health, digest: device.digest };
  const found = (sentMessage: typeof telemetry | null, known: typeof health | null) =>
    statesOf(
      completeVerification(resultWith([sent], sentMessage), { desired: device, health: known, isLive: true }),
    )[1]?.[1];
  t.equal(found(telemetry, { ...good, window: { ...good.window, inferences: 5 } }), 'passed');
  t.equal(found(telemetry, { ...good, window: { ...good.window, inferences: 0 } }), 'failed', 'it counts nothing');
  t.equal(found({ ...telemetry, sequence: health.sequence + 1 }, good), 'failed', 'an older one is here');
  t.equal(found({ ...telemetry, epoch: 'another' }, good), 'failed');
  t.equal(found(telemetry, { ...good, digest: other.digest }), 'failed', 'it is about another package');
  t.equal(found(telemetry, null), 'failed');
  t.equal(found(null, good), 'failed', 'the device could send none');
});

t.test('what is kept of a verification says whether it passed', async (t) => {
  const origin = { target: 'production', atMs: 5, actor: 'jo' };
  const open: Check = { ...golden, state: 'inconclusive' };
  const skipped: Check = { ...golden, state: 'skipped' };
  const isPassed = (checks: Check[]) => recordOf('gw-1' as never, resultWith(checks, null), origin)?.isPassed;
  t.equal(isPassed([golden, skipped]), true);
  t.equal(isPassed([golden, open]), false);
  t.equal(isPassed([skipped]), false, 'nothing was looked at');
});

t.test('a slot of an environment is a target', async (t) => {
  t.same(measuredTargetOf({ name: 'production-green', environment: null }), {
    target: { name: 'production', environment: null },
    slot: 'green',
  });
  t.match(measuredTargetOf({ name: 'production', environment: null }), { slot: 'live' });
  t.match(measuredTargetOf({ name: 'gw-green', environment: null }), { target: { name: 'gw-green' }, slot: 'live' });
});
