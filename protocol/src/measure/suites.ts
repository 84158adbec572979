import * as v from 'valibot';

/** What a verification looks at. */
export const checkNameSchema = v.picklist([
  'version',
  'golden-vectors',
  'answering',
  'malformed-input',
  'latency',
  'energy',
  'temperature',
  'memory',
  'accuracy',
  'telemetry',
  'drill',
]);
export type CheckName = v.InferOutput<typeof checkNameSchema>;

export const suiteSchema = v.picklist(['smoke', 'integration', 'production', 'full', 'end-to-end']);
export type Suite = v.InferOutput<typeof suiteSchema>;

const smoke: readonly CheckName[] = ['version', 'golden-vectors', 'answering'];
const budgets: readonly CheckName[] = ['latency', 'energy', 'temperature', 'memory'];

/** The checks of each suite, in the order in which they are made. */
export const suiteChecks: Readonly<Record<Suite, readonly CheckName[]>> = {
  smoke,
  integration: [...smoke, 'malformed-input', 'telemetry', 'drill'],
  production: ['version', 'golden-vectors', ...budgets],
  full: [...smoke, 'malformed-input', ...budgets, 'accuracy', 'telemetry', 'drill'],
  'end-to-end': ['version', 'answering', 'telemetry'],
};

/** `inconclusive`: it could not be told, which is no success; `skipped`: there is nothing to be told. */
export const checkStateSchema = v.picklist(['passed', 'failed', 'inconclusive', 'skipped']);
export type CheckState = v.InferOutput<typeof checkStateSchema>;

/** Whether a suite has passed: nothing failed, nothing is open, and something was looked at. */
export function hasPassed(checks: readonly { readonly state: CheckState }[]): boolean {
  return (
    checks.every(({ state }) => state === 'passed' || state === 'skipped') &&
    checks.some(({ state }) => state === 'passed')
  );
}
