import { LlnError, type PolicyOverrides, parseWith, policySchema } from '@liquid-lln/protocol';

/** What may set the policy of a rollout, weakest first. */
export interface PolicySources {
  /** The content of the file of `--policy`. */
  readonly file: unknown;
  /** Each `--set key=value`. */
  readonly settings: readonly string[];
  /** `--soak` */
  readonly soakSeconds: number | null;
  /** `--shadow` */
  readonly shadowSeconds: number | null;
}

/**
 * The policy that somebody asked for: only what they set, checked together with the defaults that it will meet.
 * @throws LlnError USAGE naming the key
 */
export function policyFrom({ file, settings, soakSeconds, shadowSeconds }: PolicySources): PolicyOverrides {
  if (typeof file !== 'object' || file === null || Array.isArray(file)) {
    throw new LlnError('USAGE', 'the policy file must hold one JSON object');
  }
  const overrides: Record<string, unknown> = { ...file, ...Object.fromEntries(settings.map(parseSetting)) };
  if (soakSeconds !== null) overrides['soakSeconds'] = soakSeconds;
  if (shadowSeconds !== null) overrides['shadowSeconds'] = shadowSeconds;
  parseWith(policySchema, overrides, 'policy', 'USAGE');
  return overrides;
}

function parseSetting(text: string): [string, number] {
  const match = /^([A-Za-z]+)=(.+)$/.exec(text);
  const value = Number(match?.[2] ?? Number.NaN);
  if (match?.[1] === undefined || !Number.isFinite(value)) {
    throw new LlnError('USAGE', `--set takes key=number, such as soakSeconds=60: not "${text}"`);
  }
  return [match[1], value];
}
