import type { CheckName, DeviceKind, Environment, PreItem } from '@liquid-lln/protocol';
import { missingForMonitoring } from '../alerting/monitoring.js';
import { lastAnnouncement } from './announcements.js';
import {
  type ChecklistDevice,
  type ChecklistFacts,
  type ChecklistPolicy,
  combine,
  type Finding,
  nameSome,
  notApplicable,
  packageArguments,
  targetArguments,
} from './facts.js';
import { judgeSeen, ofKind, promisesNone, seenOfCheck, seenOfFunctions } from './verified.js';

type PreCheck = (facts: ChecklistFacts, policy: ChecklistPolicy) => Finding;

/** How each item before a deployment is found out; a new one does not compile without. */
export const preChecks: { readonly [K in PreItem]: PreCheck } = {
  'unit-tests': checkUnitTests,
  energy: (facts, policy) => checkPromise('energy', facts, policy),
  latency: (facts, policy) => checkPromise('latency', facts, policy),
  accuracy: (facts, policy) => checkPromise('accuracy', facts, policy),
  'target-hardware': checkTargetHardware,
  'devices-healthy': checkDevices,
  backup: checkBackup,
  'rollback-tested': checkRollback,
  monitoring: checkMonitoring,
  'stakeholders-notified': checkNotification,
};

/** The suite `full`, in simulation. */
function checkUnitTests(facts: ChecklistFacts, policy: ChecklistPolicy): Finding {
  const inSimulation = facts.verifications.filter(({ environment }) => environment === 'simulation');
  return judgeSeen(seenOfFunctions(inSimulation, ['full']), facts, policy, {
    evidence: 'no device in simulation has verified it with the suite full',
    next: inSimulationFirst(facts),
  });
}

/** A figure against what the package promises of itself, wherever it was measured. */
function checkPromise(name: CheckName, facts: ChecklistFacts, policy: ChecklistPolicy): Finding {
  const { verifications } = facts;
  const seen = seenOfCheck(verifications, name);
  if (seen.length === 0 && promisesNone(verifications, name)) return notApplicable(`the package promises no ${name}`);
  const dataset = `liquid-lln datasets add NAME FILE.csv --for ${facts.package.name}`;
  const isOpen = seen.some(({ state }) => state === 'inconclusive');
  return judgeSeen(seen, facts, policy, {
    evidence: `its ${name} was never measured`,
    next: [...(name === 'accuracy' && isOpen ? [dataset] : []), ...inSimulationFirst(facts)],
  });
}

/** Each kind of device that is to get it has computed it bit for bit, on some device of that kind. */
function checkTargetHardware(facts: ChecklistFacts, policy: ChecklistPolicy): Finding {
  const seen = seenOfFunctions(facts.verifications, ['integration', 'full', 'production']);
  const findings = kindsOf(facts).map((kind) =>
    judgeSeen(ofKind(seen, kind), facts, policy, {
      evidence: `no device of kind ${kind} has verified it${whereTested(kind, facts)}`,
      next: onKindFirst(kind, facts),
    }),
  );
  return combine(findings);
}

function checkDevices({ devices, target, nowMs }: ChecklistFacts, { healthyRatioMin }: ChecklistPolicy): Finding {
  const unfit = devices.filter(({ faults }) => faults.length > 0);
  const fit = devices.length - unfit.length;
  const named = nameSome(unfit.map(({ deviceId, faults }) => `${deviceId}: ${faults.join(', ')}`));
  const evidence = `${fit} of ${devices.length} are reachable and healthy${named === '' ? '' : `; ${named}`}`;
  const isEnough = fit / devices.length >= healthyRatioMin;
  const next = isEnough ? [] : [`liquid-lln health ${targetArguments(liveTarget(target))}`];
  return { state: isEnough ? 'passed' : 'failed', evidence, observedMs: nowMs, next };
}

/** What serves now stays, verified, in the other slot, and its file is in the registry. */
function checkBackup({ devices, registered, nowMs, target }: ChecklistFacts): Finding {
  const serving = devices.filter(({ running }) => running !== null);
  if (serving.length === 0) return notApplicable('nothing serves there yet: there is nothing to keep');
  const unsafe = serving.flatMap((device) => {
    const why = whyNoBackup(device, registered);
    return why === null ? [] : [`${device.deviceId}: ${why}`];
  });
  if (unsafe.length > 0)
    return {
      state: 'failed',
      evidence: nameSome(unsafe),
      observedMs: nowMs,
      next: [`liquid-lln status ${targetArguments(liveTarget(target))} --metric storage`],
    };
  const kept = new Set(serving.map(({ running }) => `${running?.name}@${running?.version}`));
  const evidence = `${serving.length} of ${devices.length} devices keep ${nameSome([...kept])} confirmed in a slot of its own, and its file is registered`;
  return { state: 'passed', evidence, observedMs: nowMs, next: [] };
}

function whyNoBackup({ running }: ChecklistDevice, registered: ChecklistFacts['registered']): string | null {
  if (running === null) return null;
  const name = `${running.name}@${running.version}`;
  if (running.state === 'trial') return `${name} is on trial itself`;
  return registered.has(running.digest) ? null : `${name} is not registered: it could not be brought back`;
}

/** A real drill, on each kind of device, from or to this package. */
function checkRollback(facts: ChecklistFacts, policy: ChecklistPolicy): Finding {
  if (facts.devices.every(({ running }) => running === null))
    return notApplicable('nothing serves there yet: there is nothing to go back to');
  const seen = seenOfCheck(facts.verifications, 'drill').map((each) => ({ ...each, detail: describeDrill(each) }));
  const findings = kindsOf(facts).map((kind) =>
    judgeSeen(ofKind(seen, kind), facts, policy, {
      evidence: `no device of kind ${kind} has gone back in a drill${whereTested(kind, facts)}`,
      next: [...currentFirst(kind, facts), ...onKindFirst(kind, facts)],
    }),
  );
  return combine(findings);
}

function describeDrill({ place, detail }: ReturnType<typeof seenOfCheck>[number]): string {
  const { drill } = place.record;
  return drill === undefined ? detail : `${detail}; the drill took ${drill.seconds.toFixed(1)} s`;
}

/** Somebody hears of trouble, and there are thresholds that trouble is told by. */
function checkMonitoring(facts: ChecklistFacts): Finding {
  const { alertingPolicy, alerting, nowMs, devices, verifications } = facts;
  const missing = missingForMonitoring(alertingPolicy, alerting, nowMs);
  const hasBudget = verifications.some(({ record }) =>
    record.checks.some(({ name, limit }) => name === 'latency' && limit !== undefined),
  );
  const unwatched = hasBudget ? [] : devices.filter(({ thresholdOrigin }) => thresholdOrigin === null);
  const thresholds =
    unwatched.length === 0
      ? []
      : [`no latency threshold: the package promises none, nor has ${nameSome(idsOf(unwatched))} one`];
  const open = [...missing, ...thresholds];
  if (open.length > 0)
    return {
      state: 'missing',
      evidence: open.join('; '),
      observedMs: null,
      next: [...(missing.length === 0 ? [] : commandsIn(missing)), ...(thresholds.length === 0 ? [] : [adoptBaseline])],
    };
  const tested = alertingPolicy.roles['on-call-engineer'].flatMap((channel) => {
    const test = alerting.channels.get(channel)?.test ?? null;
    return test === null || test.acknowledged === null ? [] : [{ channel, test, by: test.acknowledged.by }];
  });
  const evidence = tested.map(({ channel, by }) => `${channel} has carried a test, acknowledged by ${by}`).join('; ');
  const observedMs = Math.max(...tested.map(({ test }) => test.atMs));
  return { state: 'passed', evidence: `${evidence}; thresholds are set`, observedMs, next: [] };
}

const adoptBaseline = 'liquid-lln monitor --update-thresholds --baseline baseline.json';

/** The commands that faults of channels name, or the way to look at them. */
function commandsIn(faults: readonly string[]): string[] {
  const named = faults.flatMap((fault) =>
    [...fault.matchAll(/`(liquid-lln [^`]+)`/g)].map(([, command]) => command ?? ''),
  );
  return named.length === 0 ? ['liquid-lln notify'] : [...new Set(named)];
}

function checkNotification(facts: ChecklistFacts, { maxAgeMs }: ChecklistPolicy): Finding {
  const { nowMs, package: identity, target } = facts;
  const last = lastAnnouncement(facts);
  const command = `liquid-lln notify --announce ${identity.name}@${identity.version} ${targetArguments(liveTarget(target))}`;
  const next = [command];
  if (last === null)
    return { state: 'missing', evidence: 'nobody was told that it is planned', observedMs: null, next };
  const { channel, by, atMs, deliveredMs } = last;
  if (deliveredMs === null)
    return { state: 'failed', evidence: `${channel} has not delivered what ${by} announced`, observedMs: atMs, next };
  const evidence = `${channel} has delivered what ${by} announced`;
  if (nowMs - atMs > maxAgeMs) return { state: 'stale', evidence, observedMs: atMs, next };
  return { state: 'passed', evidence, observedMs: deliveredMs, next: [] };
}

function kindsOf({ devices }: ChecklistFacts): DeviceKind[] {
  return [...new Set(devices.map(({ kind }) => kind))].sort();
}

function idsOf(devices: readonly ChecklistDevice[]): string[] {
  return devices.map(({ deviceId }) => deviceId);
}

/** Commands ask the devices, not a slot of them. */
function liveTarget(target: ChecklistFacts['target']): ChecklistFacts['target'] {
  return { ...target, name: target.name.replace(/^(production)-(?:blue|green)$/, '$1') };
}

function inSimulationFirst(facts: ChecklistFacts): string[] {
  return verifyIn({ environment: 'simulation', kind: null }, facts);
}

interface Trying {
  readonly environment: Environment;
  /** Null for any. */
  readonly kind: DeviceKind | null;
}

/** Deployed where it does not serve yet, then verified. */
function verifyIn({ environment, kind }: Trying, facts: ChecklistFacts): string[] {
  const places = facts.fleet.filter(
    (place) => place.environment === environment && (kind ?? place.kind) === place.kind,
  );
  const where = kind === null ? `--target ${environment}` : `--target ${kind} --env ${environment}`;
  const isThere = places.length > 0 && places.every(({ digest }) => digest === facts.package.digest);
  return [
    ...(places.length === 0 ? [`liquid-lln enrol ${environment}-1`] : []),
    ...(isThere ? [] : [`liquid-lln deploy ${where} ${packageArguments(facts)}`]),
    `liquid-lln verify ${where} --test-suite ${environment === 'simulation' ? 'full' : 'integration'}`,
  ];
}

/** Where a kind can be tried without touching production: staging before simulation. */
function placeOf(kind: DeviceKind, { fleet }: ChecklistFacts): Environment | null {
  const isThere = (environment: Environment) =>
    fleet.some((place) => place.environment === environment && place.kind === kind);
  return (['staging', 'simulation'] as const).find(isThere) ?? null;
}

function whereTested(kind: DeviceKind, facts: ChecklistFacts): string {
  return placeOf(kind, facts) === null ? `, and there is no ${kind} outside of production` : '';
}

function onKindFirst(kind: DeviceKind, facts: ChecklistFacts): string[] {
  const environment = placeOf(kind, facts);
  if (environment === null) return ['liquid-lln enrol staging-1'];
  // In simulation everything is verified at once.
  return verifyIn({ environment, kind: environment === 'simulation' ? null : kind }, facts);
}

/** A drill needs a package to go back from: what serves in production goes there before the new one does. */
function currentFirst(kind: DeviceKind, facts: ChecklistFacts): string[] {
  const place = placeOf(kind, facts);
  const running = facts.devices.find((device) => device.kind === kind && device.running !== null)?.running;
  const isSkipped = facts.verifications.some(
    ({ record, kind: its }) =>
      its === kind && record.checks.some(({ name, state }) => name === 'drill' && state === 'skipped'),
  );
  if (place === null || running === null || running === undefined || !isSkipped) return [];
  const where = `--target ${kind} --env ${place}`;
  const before = `liquid-lln deploy ${where} --package ${running.name}@${running.version}`;
  return [before, `liquid-lln deploy ${where} ${packageArguments(facts)}`];
}
