import { completeVerification, type KnownOfDevice, measuredTargetOf, recordOf } from '@liquid-lln/coordinator';
import type { Check, DrillFindings, MeasurementResult, PackageIdentity } from '@liquid-lln/protocol';
import t from 'tap';
import { someHealth, somePackage, someReport } from '../../../support/fleet-views.js';

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

const unheard = { desired: null, health: null, isLive: true, reported: null, eventsUpTo: 0 } as const;

function statesOf({ findings }: MeasurementResult): (readonly [string, string])[] {
  return findings.kind === 'verify' ? findings.checks.map(({ name, state }) => [name, state] as const) : [];
}

t.test('the right version is what the coordinator wants, not what the device says', async (t) => {
  const found = (desired: PackageIdentity | null, isLive = true) =>
    statesOf(completeVerification(resultWith([golden], null), { ...unheard, desired, isLive }))[0];
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
      completeVerification(resultWith([sent], sentMessage), { ...unheard, desired: device, health: known }),
    )[1]?.[1];
  t.equal(found(telemetry, { ...good, window: { ...good.window, inferences: 5 } }), 'passed');
  t.equal(found(telemetry, { ...good, window: { ...good.window, inferences: 0 } }), 'failed', 'it counts nothing');
  t.equal(found({ ...telemetry, sequence: health.sequence + 1 }, good), 'failed', 'an older one is here');
  t.equal(found({ ...telemetry, epoch: 'another' }, good), 'failed');
  t.equal(found(telemetry, { ...good, digest: other.digest }), 'failed', 'it is about another package');
  t.equal(found(telemetry, null), 'failed');
  t.equal(found(null, good), 'failed', 'the device could send none');
});

t.test('a drill has passed when its events are here and the device reports what it served before', async (t) => {
  const reported = someReport();
  const { running, epoch } = reported;
  if (running === null) throw new Error('the report has no package');
  const drill: DrillFindings = {
    ...{ tried: other, served: somePackage(), startedMs: 0, seconds: 8, trialSeconds: 6, tripToServingMs: 4 },
    ...{ requestsMade: 9, requestsLost: 0, servedMeanwhile: 9, failedMeanwhile: 0 },
    told: { epoch, eventSequence: 7 },
  };
  const found = (known: Partial<KnownOfDevice>, told: DrillFindings | null = drill) => {
    const result = resultWith([{ ...golden, name: 'drill' }], null);
    if (told !== null && result.findings.kind === 'verify') result.findings.drill = told;
    return statesOf(completeVerification(result, { ...unheard, reported, eventsUpTo: 7, ...known }))[1]?.[1];
  };
  t.equal(found({}), 'passed');
  t.equal(found({}, null), 'failed', 'the device has no figures of it');
  t.equal(found({ eventsUpTo: 6 }), 'failed', 'an event is missing');
  t.equal(found({ reported: { ...reported, epoch: 'another' } }), 'failed');
  t.equal(found({ reported: { ...reported, running: { ...running, state: 'trial' } } }), 'failed', 'still on trial');
  t.equal(found({ reported: { ...reported, running: null } }), 'failed');
  t.equal(found({ reported: null }), 'failed');
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
