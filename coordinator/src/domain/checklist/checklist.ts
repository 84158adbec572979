import {
  type ChecklistItem,
  duringItemSchema,
  isMet,
  LlnError,
  type PackageIdentity,
  type PreFinding,
  postItemSchema,
  preItemSchema,
  unmetOf,
} from '@liquid-lln/protocol';
import type { ChecklistFacts, ChecklistPolicy, Finding } from './facts.js';
import { preChecks } from './pre-items.js';
import { duringChecks, postChecks, untimely } from './rollout-items.js';

/** Evidence of a week ago says nothing about today. */
export const defaultMaxAgeHours = 7 * 24;
/** Of a target's devices: in a large fleet somebody is always away. */
export const defaultHealthyRatioMin = 0.95;

/** What is asked for unless somebody has configured something else: everything. */
export const defaultChecklistPolicy: ChecklistPolicy = {
  required: new Set(preItemSchema.options),
  maxAgeMs: defaultMaxAgeHours * 3_600_000,
  healthyRatioMin: defaultHealthyRatioMin,
};

/** What must be so before the package goes to the target, item by item. */
export function checkBefore(facts: ChecklistFacts, policy: ChecklistPolicy): PreFinding[] {
  return preItemSchema.options.map((item) => ({
    phase: 'pre',
    item,
    isRequired: policy.required.has(item),
    ...fitted(preChecks[item](facts, policy)),
  }));
}

/** All of the checklist, as it stands now. */
export function checkAll(facts: ChecklistFacts, policy: ChecklistPolicy): ChecklistItem[] {
  const { rollout } = facts;
  const during = duringItemSchema.options.map((item) => {
    const early = untimely('during', facts);
    const finding = early ?? (rollout === null ? null : duringChecks[item](facts, rollout, policy));
    return finding === null ? [] : [{ phase: 'during' as const, item, ...fitted(finding) }];
  });
  const post = postItemSchema.options.map((item) => {
    const early = untimely('post', facts);
    const finding = early ?? (rollout === null ? null : postChecks[item](facts, rollout, policy));
    return finding === null ? [] : [{ phase: 'post' as const, item, ...fitted(finding) }];
  });
  return [...checkBefore(facts, policy), ...during.flat(), ...post.flat()];
}

/** The refusal of a deployment: every open item with the commands that lead on, those together that need the same. */
export function unmetError(items: readonly PreFinding[], { name, version }: PackageIdentity, target: string): LlnError {
  const unmet = unmetOf(items);
  const byCommands = new Map<string, PreFinding[]>();
  for (const item of unmet) {
    const commands = item.next.join('\n    ');
    byCommands.set(commands, [...(byCommands.get(commands) ?? []), item]);
  }
  const met = items.filter(isMet).length;
  const lines = [
    `${name}@${version} is not ready for ${target}: ${met} of ${items.length} items of the checklist are met; open are`,
    ...[...byCommands].map(([commands, group]) => `  ${describeGroup(group)}:\n    ${commands}`),
    'The evidence is in `liquid-lln checklist`.',
  ];
  return new LlnError('REFUSED_BY_GATE', lines.join('\n').slice(0, 2_000), {
    unmet: unmet.map(({ item }) => item).join(', '),
  });
}

function describeGroup(group: readonly PreFinding[]): string {
  const [only] = group;
  if (only !== undefined && group.length === 1) return `${only.item}: ${only.state}, ${only.evidence.slice(0, 120)}`;
  return group.map(({ item, state }) => `${item} (${state})`).join(', ');
}

function fitted({ state, evidence, observedMs, next }: Finding): Pick<PreFinding, keyof Finding> {
  return {
    state,
    evidence: evidence.slice(0, 1_000),
    observedMs,
    next: next.slice(0, 8).map((step) => step.slice(0, 300)),
  };
}
