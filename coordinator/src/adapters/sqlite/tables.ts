import type { Generated } from 'kysely';

/** Bodies are JSON, so that an operator can read them with any SQLite tool; they are checked when they are read. */
export interface Tables {
  schema_version: { version: number };
  /** One row. */
  leadership: { one: 1; term: number };
  counters: { name: string; value: number };
  gateways: { gateway_id: string; secret_hash: string; enrolled_ms: number };
  operators: { username: string; secret_hash: string; role: string; created_ms: number };
  devices: { device_id: string; admission: number; body: string };
  packages: { digest: string; name: string; version: string; body: string };
  rollouts: { rollout_id: string; status: string; created_ms: number; body: string };
  /** Summaries of rollouts that are not kept whole any more. */
  archived_rollouts: { rollout_id: string; created_ms: number; body: string };
  documents: { key: string; generation: number; body: string };
  isolations: { device_id: string; body: string };
  datasets: { name: string; body: string };
  verifications: { key: string; body: string };
  thresholds: { device_id: string; body: string };
  /** Alerts, silences and what belongs to them, by kind. */
  alerting: { of: string; key: string; body: string };
  /** Looks at rollouts. */
  traces: { place: Generated<number>; rollout_id: string; weight: number; body: string };
  event_cursors: { device_id: string; epoch: string; body: string };
  events: {
    stored: Generated<number>;
    device_id: string;
    epoch: string;
    sequence: number;
    body: string;
  };
  /** One row for all devices in one slot of time. */
  telemetry: { start_ms: number; seconds: number; body: string };
  requests: { client: string; request: string; rollout_id: string; at_ms: number };
  audit: {
    sequence: number;
    at_ms: number;
    actor: string;
    action: string;
    subject: string;
    reason: string | null;
    detail: string;
    /** SHA-256 over the previous entry's hash and this entry: a changed or missing entry shows. */
    hash: string;
  };
}
