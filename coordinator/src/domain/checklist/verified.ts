import type { Check, CheckName, DeviceKind, Suite } from '@liquid-lln/protocol';
import type { ChecklistFacts, ChecklistPolicy, Finding, PlacedVerification } from './facts.js';

/** What the package itself has to do, whatever it takes for that. */
const functionalChecks: readonly CheckName[] = [
  'version',
  'golden-vectors',
  'answering',
  'malformed-input',
  'telemetry',
];

/** The last word of one device about something. */
export interface Seen {
  readonly place: PlacedVerification;
  readonly state: Check['state'];
  /** What speaks for it, with its figures. */
  readonly detail: string;
}

/** Of each device the newest verification in which a check was really made. */
export function seenOfCheck(verifications: readonly PlacedVerification[], name: CheckName): Seen[] {
  return newestOfEach(verifications, (place) => {
    const check = place.record.checks.find((candidate) => candidate.name === name);
    if (check === undefined || check.state === 'skipped') return null;
    return { place, state: check.state, detail: describeCheck(check) };
  });
}

/** Of each device the newest verification with one of these suites, as far as the package's functions go. */
export function seenOfFunctions(verifications: readonly PlacedVerification[], suites: readonly Suite[]): Seen[] {
  return newestOfEach(verifications, (place) => {
    const { record } = place;
    if (!suites.includes(record.suite)) return null;
    const made = record.checks.filter(({ name, state }) => functionalChecks.includes(name) && state !== 'skipped');
    const [open] = made.filter(({ state }) => state !== 'passed').sort((a) => (a.state === 'failed' ? -1 : 1));
    if (made.length === 0) return null;
    if (open !== undefined) return { place, state: open.state, detail: `${open.name}: ${describeCheck(open)}` };
    return { place, state: 'passed', detail: made.map(({ name }) => name).join(', ') };
  });
}

/** Of each device the newest verification with one of these suites, as a whole. */
export function seenOfSuites(verifications: readonly PlacedVerification[], suites: readonly Suite[]): Seen[] {
  return newestOfEach(verifications, (place) => {
    const { suite, isPassed, checks } = place.record;
    if (!suites.includes(suite)) return null;
    const open = checks.filter(({ state }) => state === 'failed' || state === 'inconclusive').map(({ name }) => name);
    return { place, state: isPassed ? 'passed' : 'failed', detail: [suite, ...open].join(', ') };
  });
}

/** Whether a package says of itself that it promises nothing here. */
export function promisesNone(verifications: readonly PlacedVerification[], name: CheckName): boolean {
  const checks = verifications.flatMap(({ record }) => record.checks.filter((check) => check.name === name));
  return checks.length > 0 && checks.every(({ state }) => state === 'skipped');
}

/**
 * What the devices' last words amount to: one that failed decides; one that could not tell is none; what is too old is
 * stale.
 */
export function judgeSeen(
  seen: readonly Seen[],
  { nowMs }: Pick<ChecklistFacts, 'nowMs'>,
  { maxAgeMs }: Pick<ChecklistPolicy, 'maxAgeMs'>,
  otherwise: { readonly evidence: string; readonly next: readonly string[] },
): Finding {
  const { next } = otherwise;
  const of = (some: readonly Seen[], state: Finding['state']): Finding => ({
    state,
    evidence: some.slice(0, 3).map(describeSeen).join('; '),
    observedMs: Math.min(...some.map(({ place }) => place.record.atMs)),
    next: state === 'passed' ? [] : next,
  });
  const fresh = seen.filter(({ place }) => nowMs - place.record.atMs <= maxAgeMs);
  const failed = fresh.filter(({ state }) => state === 'failed');
  if (failed.length > 0) return of(failed, 'failed');
  const passed = fresh.filter(({ state }) => state === 'passed');
  if (passed.length > 0) return of(passed, 'passed');
  if (fresh.length > 0) return of(fresh, 'missing');
  if (seen.length > 0) return of(seen, 'stale');
  return { state: 'missing', evidence: otherwise.evidence, observedMs: null, next };
}

export function ofKind(seen: readonly Seen[], kind: DeviceKind): Seen[] {
  return seen.filter(({ place }) => place.kind === kind);
}

function newestOfEach(
  verifications: readonly PlacedVerification[],
  look: (place: PlacedVerification) => Seen | null,
): Seen[] {
  const newest = new Map<string, Seen>();
  for (const place of verifications) {
    const seen = look(place);
    const { deviceId, atMs } = place.record;
    if (seen !== null && atMs >= (newest.get(deviceId)?.place.record.atMs ?? 0)) newest.set(deviceId, seen);
  }
  return [...newest.values()];
}

function describeSeen({ place, state, detail }: Seen): string {
  const { deviceId } = place.record;
  const told = state === 'inconclusive' ? 'it could not be told: ' : '';
  return `${deviceId} (${place.kind}, ${place.environment}): ${told}${detail}`.slice(0, 400);
}

function describeCheck({ detail, value, limit, unit = '' }: Check): string {
  const figure = (number: number) => `${Number(number.toPrecision(4))} ${unit}`.trim();
  const figures = [
    ...(value === undefined ? [] : [figure(value)]),
    ...(limit === undefined ? [] : [`limit ${figure(limit)}`]),
  ];
  return figures.length === 0 ? detail : `${figures.join(', ')} (${detail})`;
}
