import { LlnError, parseWith, policySchema, type WhatIf } from '@liquid-lln/protocol';
import type { Rollout } from '../rollout.js';
import { withLimits } from '../rollout-request.js';

/** The rollout under other limits. @throws LlnError USAGE if they do not go together, or say nothing about this kind */
export function rolloutUnder(
  rollout: Rollout,
  { limits, analysis, soakSeconds, evidenceInferencesMin }: WhatIf,
): Rollout {
  const { instruction, conditions } = rollout;
  const isOfTrial = soakSeconds !== undefined || evidenceInferencesMin !== undefined;
  if (instruction.kind !== 'deploy' && (isOfTrial || analysis !== undefined))
    throw new LlnError(
      'USAGE',
      `rollout ${rollout.rolloutId} is a ${rollout.kind}: it has no trials to soak or analyse`,
    );
  const limited = limits === undefined ? rollout : withLimits(rollout, limits);
  if (instruction.kind !== 'deploy') return limited;
  const policy = parseWith(
    policySchema,
    {
      ...instruction.policy,
      ...(soakSeconds === undefined ? {} : { soakSeconds }),
      ...(evidenceInferencesMin === undefined ? {} : { evidenceInferencesMin }),
    },
    'policy',
    'USAGE',
  );
  if (conditions === undefined) return { ...limited, instruction: { ...instruction, policy } };
  return {
    ...limited,
    instruction: { ...instruction, policy },
    conditions: {
      isAnalysed: analysis?.gate ?? conditions.isAnalysed,
      holdSeconds: analysis?.holdSeconds ?? conditions.holdSeconds,
      evidenceMin: analysis?.evidenceMin ?? conditions.evidenceMin,
    },
  };
}
