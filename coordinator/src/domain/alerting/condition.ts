import type { Alert, AlertRule, AlertSeverity, DeviceId, Environment } from '@liquid-lln/protocol';

/** Something that is wrong now, or has happened. */
export interface Condition {
  readonly rule: AlertRule;
  readonly subject: string;
  readonly severity: AlertSeverity;
  readonly environment: Environment | null;
  readonly devices: readonly DeviceId[];
  readonly detail: string;
  /** How long it must last before it is an alert, where that is not the usual time. */
  readonly raiseMs?: number;
}

/** What is one alert, however often it is found. */
export function alertKey({ rule, subject }: Pick<Alert, 'rule' | 'subject'>): string {
  return `${rule}/${subject}`;
}
