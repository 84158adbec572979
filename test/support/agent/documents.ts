import {
  type DesiredDocument,
  desiredDocumentSchema,
  type Instruction,
  type IsolationDocument,
  type PackageReference,
  type PolicyOverrides,
  parseWith,
  policySchema,
  type SlotName,
} from '@liquid-lln/protocol';

/** A policy that lets a test see a whole trial in seconds. */
export const quickPolicy = {
  soakSeconds: 1,
  trialSecondsMax: 30,
  evidenceInferencesMin: 20,
  windowInferencesMin: 10,
  windowSeconds: 10,
  errorRateWindowSeconds: 2,
  heartbeatSeconds: 0.5,
  memoryRatioAlert: 1,
} satisfies PolicyOverrides;

export function deployOf(
  reference: PackageReference,
  policy: PolicyOverrides = quickPolicy,
  asUnit = false,
): Instruction {
  return {
    kind: 'deploy',
    package: reference,
    policy: parseWith(policySchema, policy, 'policy'),
    batchSize: 4,
    override: null,
    ...(asUnit ? { asUnit } : {}),
  };
}

/** Lays a package into a slot, beside what serves. */
export function stageOf(reference: PackageReference, slot: SlotName, override: string | null = null): Instruction {
  const policy = parseWith(policySchema, quickPolicy, 'policy');
  return { kind: 'stage', package: reference, slot, policy, batchSize: 4, override };
}

/** Makes live what is staged in a slot. */
export function switchTo(
  slot: SlotName,
  reference: PackageReference,
  policy: PolicyOverrides = quickPolicy,
): Instruction {
  return { ...deployOf(reference, policy), stagedIn: slot } as Instruction;
}

export function desired(generation: number, instruction: Instruction): DesiredDocument {
  const document = { v: 1, generation, admission: 1, instruction, rolloutId: null };
  return parseWith(desiredDocumentSchema, document, 'desired document');
}

export function isolation(revision: number, isolated = true, reason = 'it answers nonsense'): IsolationDocument {
  return { v: 1, revision, isolated, reason, by: 'jo', atMs: 1_000 };
}
