import type { AlertRule, ChannelKind, ChannelName, IncidentCause, NoticeTopic, Role } from '@liquid-lln/protocol';

/** A channel, without its secrets. */
export interface ChannelPolicy {
  readonly channel: ChannelName;
  readonly kind: ChannelKind;
  /** What it is sent besides what is told to its roles. */
  readonly topics: readonly NoticeTopic[];
}

/** Who is told of what, and how. */
export interface AlertingPolicy {
  readonly channels: readonly ChannelPolicy[];
  /** The channels of each role, the first one first; a role without any is told by the on-call engineer's. */
  readonly roles: Readonly<Record<Role, readonly ChannelName[]>>;
  /** Notices that wait for one channel, at most. */
  readonly queueMax: number;
  /** A notice that old is given up. */
  readonly giveUpSeconds: number;
  /** A channel that fails that long is left for the next one. */
  readonly failoverSeconds: number;
  /** A rollout that waits so much longer than it was meant to is an alert. */
  readonly rolloutWaitingSeconds: number;
  readonly escalation: EscalationPolicy;
  readonly emergency: EmergencyPolicy;
}

export interface EscalationPolicy {
  /** An incident that nobody has acknowledged by then is told to the next role as well. */
  readonly acknowledgeSeconds: number;
  /** Those who were told are told again after that time, so many times before the end. */
  readonly repeatSeconds: number;
  readonly repeatsMax: number;
  /** Silence of several devices is an incident when it has been an alert for that long. */
  readonly unresponsiveSeconds: number;
}

export interface EmergencyPolicy {
  /** The causes for which the emergency procedure runs by itself. */
  readonly automatic: readonly IncidentCause[];
  /** The share of an environment's devices that it isolates at most; more is left to an operator. */
  readonly isolateRatioMax: number;
}

/** Nobody is told of anything. */
export const silentPolicy: AlertingPolicy = {
  channels: [],
  roles: { 'on-call-engineer': [], 'hardware-team': [], 'ml-team': [], 'devops-team': [] },
  queueMax: 10_000,
  giveUpSeconds: 24 * 3600,
  failoverSeconds: 30,
  rolloutWaitingSeconds: 24 * 3600,
  escalation: { acknowledgeSeconds: 900, repeatSeconds: 300, repeatsMax: 3, unresponsiveSeconds: 60 },
  emergency: {
    automatic: ['rollback-failed', 'devices-unresponsive', 'function-broken', 'data-corruption'],
    isolateRatioMax: 0.25,
  },
};

/** Who can do something about an alert: devices are hardware's, models ml's, and what connects them devops'. */
export const roleOfRule: Readonly<Record<AlertRule, Role>> = {
  'error-rate': 'ml-team',
  latency: 'ml-team',
  energy: 'ml-team',
  memory: 'devops-team',
  temperature: 'hardware-team',
  crash: 'ml-team',
  output: 'ml-team',
  saturation: 'ml-team',
  drift: 'ml-team',
  stuck: 'ml-team',
  unresponsive: 'hardware-team',
  'function-broken': 'ml-team',
  'data-corruption': 'hardware-team',
  'rollback-failed': 'devops-team',
  'rollout-halted': 'ml-team',
  'rollout-waiting': 'devops-team',
  quarantine: 'ml-team',
  'unit-mixed': 'hardware-team',
  'channel-down': 'devops-team',
};
