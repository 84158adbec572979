import type {
  DeviceId,
  DeviceKind,
  Digest,
  Environment,
  ItemState,
  PackageIdentity,
  PreItem,
  SlotName,
  Target,
  VerificationRecord,
} from '@liquid-lln/protocol';
import type { AlertingState } from '../alerting/alerting-state.js';
import type { AlertingPolicy } from '../alerting/policy.js';
import { nameDevices } from '../name-devices.js';
import type { Rollout } from '../rollout.js';

/** What a coordinator asks for before it lets a package into production. */
export interface ChecklistPolicy {
  readonly required: ReadonlySet<PreItem>;
  /** Evidence that old says nothing about today. */
  readonly maxAgeMs: number;
  /** The share of the target's devices that must be reachable and healthy. */
  readonly healthyRatioMin: number;
}

/** A device of the target. */
export interface ChecklistDevice {
  readonly deviceId: DeviceId;
  readonly kind: DeviceKind;
  readonly environment: Environment;
  /** What serves; null if nothing does. */
  readonly running: (PackageIdentity & { readonly slot: SlotName; readonly state: 'trial' | 'confirmed' }) | null;
  /** Why it is not fit for a deployment, in words; empty if it is. */
  readonly faults: readonly string[];
  /** Whether its health messages come on time. */
  readonly isWatched: boolean;
  /** Where its latency threshold comes from; null while it has none. */
  readonly thresholdOrigin: 'budget' | 'baseline' | null;
  /** Events that the coordinator knows of and does not have. */
  readonly hasEventGap: boolean;
  /** The thresholds that an operator took from a baseline; null if nobody did. */
  readonly adopted: { readonly digest: Digest; readonly atMs: number } | null;
}

/** A device, as far as it is a place to try packages. */
export interface FleetPlace {
  readonly kind: DeviceKind;
  readonly environment: Environment;
  /** What serves; null if nothing does. */
  readonly digest: Digest | null;
}

/** A verification, and what the device that made it is. */
export interface PlacedVerification {
  readonly record: VerificationRecord;
  readonly kind: DeviceKind;
  readonly environment: Environment;
}

/** Everything that a checklist is made of, as values. */
export interface ChecklistFacts {
  readonly package: PackageIdentity;
  readonly isRegistered: boolean;
  readonly target: Target;
  readonly devices: readonly ChecklistDevice[];
  /** Of this package, everywhere in the fleet. */
  readonly verifications: readonly PlacedVerification[];
  /** Every device of the fleet: where a package can be tried, and what serves there. */
  readonly fleet: readonly FleetPlace[];
  /** Packages whose files the coordinator has. */
  readonly registered: ReadonlySet<Digest>;
  /** The newest that brought this package live to a device of the target; null if none did. */
  readonly rollout: Rollout | null;
  readonly alerting: Pick<AlertingState, 'channels' | 'notices' | 'alerts' | 'silences'>;
  readonly alertingPolicy: AlertingPolicy;
  readonly nowMs: number;
}

/** What was found of one item. */
export interface Finding {
  readonly state: ItemState;
  readonly evidence: string;
  readonly observedMs: number | null;
  readonly next: readonly string[];
}

export function notApplicable(evidence: string): Finding {
  return { state: 'not-applicable', evidence, observedMs: null, next: [] };
}

/** `--target production --env staging`, as a command line names the target. */
export function targetArguments({ name, environment }: Target): string {
  return environment === null ? `--target ${name}` : `--target ${name} --env ${environment}`;
}

/** How a command line names the package; the caller has to know the file of one that is not registered. */
export function packageArguments({ isRegistered, package: { name, version } }: ChecklistFacts): string {
  return isRegistered ? `--package ${name}@${version}` : '--model FILE';
}

const order: readonly ItemState[] = ['failed', 'missing', 'stale', 'passed', 'not-applicable'];

/** Several findings as one: the worst state, with what speaks for it. Of passes the oldest says how old they are. */
export function combine(findings: readonly Finding[]): Finding {
  const state = order.find((candidate) => findings.some((finding) => finding.state === candidate)) ?? 'not-applicable';
  const decisive = findings.filter((finding) => finding.state === state);
  const seen = decisive.flatMap(({ observedMs }) => observedMs ?? []);
  return {
    state,
    evidence: decisive.map(({ evidence }) => evidence).join('; '),
    observedMs: seen.length === 0 ? null : Math.min(...seen),
    next: [...new Set(findings.filter((each) => each.state !== 'passed').flatMap(({ next }) => next))],
  };
}

/** Names some of many, and counts the rest. */
export function nameSome(names: readonly string[]): string {
  return nameDevices(names, { max: namedMax });
}

const namedMax = 5;
