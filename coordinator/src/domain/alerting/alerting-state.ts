import type {
  Alert,
  AlertId,
  ChannelName,
  ChannelRecord,
  Incident,
  IncidentId,
  Notice,
  Silence,
  SilenceId,
} from '@liquid-lln/protocol';

/** What the store keeps of alerting: one record of a kind and a key, replaced as a whole. */
export type AlertingRecord =
  | { readonly of: 'counter'; readonly key: string; readonly value: number }
  | { readonly of: 'alert'; readonly key: AlertId; readonly value: Alert }
  | { readonly of: 'silence'; readonly key: SilenceId; readonly value: Silence }
  | { readonly of: 'incident'; readonly key: IncidentId; readonly value: Incident }
  | { readonly of: 'notice'; readonly key: string; readonly value: Notice }
  | { readonly of: 'channel'; readonly key: ChannelName; readonly value: ChannelRecord };

/** A record that is gone. */
export type AlertingDrop = Pick<AlertingRecord, 'of' | 'key'>;

/** The same in memory, in the order in which the records were made. */
export interface AlertingState {
  readonly counters: ReadonlyMap<string, number>;
  readonly alerts: ReadonlyMap<AlertId, Alert>;
  readonly silences: ReadonlyMap<SilenceId, Silence>;
  readonly incidents: ReadonlyMap<IncidentId, Incident>;
  /** What waits to be sent, by `noticeKey`. */
  readonly notices: ReadonlyMap<string, Notice>;
  readonly channels: ReadonlyMap<ChannelName, ChannelRecord>;
}

/** The maps that `putAlerting` and `dropAlerting` change in step with the store. */
export class AlertingStateBuilder implements AlertingState {
  readonly counters = new Map<string, number>();
  readonly alerts = new Map<AlertId, Alert>();
  readonly silences = new Map<SilenceId, Silence>();
  readonly incidents = new Map<IncidentId, Incident>();
  readonly notices = new Map<string, Notice>();
  readonly channels = new Map<ChannelName, ChannelRecord>();

  put(record: AlertingRecord): void {
    switch (record.of) {
      case 'counter':
        this.counters.set(record.key, record.value);
        break;
      case 'alert':
        this.alerts.set(record.key, record.value);
        break;
      case 'silence':
        this.silences.set(record.key, record.value);
        break;
      case 'incident':
        this.incidents.set(record.key, record.value);
        break;
      case 'notice':
        this.notices.set(record.key, record.value);
        break;
      case 'channel':
        this.channels.set(record.key, record.value);
        break;
    }
  }

  drop(record: AlertingDrop): void {
    const maps: Readonly<Record<AlertingRecord['of'], Map<string, unknown>>> = {
      counter: this.counters,
      alert: this.alerts,
      silence: this.silences,
      incident: this.incidents,
      notice: this.notices,
      channel: this.channels,
    };
    maps[record.of].delete(record.key);
  }

  /** Everything, as it is stored. */
  records(): AlertingRecord[] {
    return [
      ...[...this.counters].map(([key, value]) => ({ of: 'counter' as const, key, value })),
      ...[...this.alerts.values()].map((value) => ({ of: 'alert' as const, key: value.alertId, value })),
      ...[...this.silences.values()].map((value) => ({ of: 'silence' as const, key: value.silenceId, value })),
      ...[...this.incidents.values()].map((value) => ({ of: 'incident' as const, key: value.incidentId, value })),
      ...[...this.notices].map(([key, value]) => ({ of: 'notice' as const, key, value })),
      ...[...this.channels].map(([key, value]) => ({ of: 'channel' as const, key, value })),
    ];
  }
}

/** The state that stored records make up. Their order is that of their numbers. */
export function alertingStateOf(records: readonly AlertingRecord[]): AlertingStateBuilder {
  const state = new AlertingStateBuilder();
  for (const record of [...records].sort((a, b) => numberOf(a.key) - numberOf(b.key))) state.put(record);
  return state;
}

/** The number at the end of a key such as `a-12`. */
function numberOf(key: string): number {
  return Number(/\d+$/.exec(key)?.[0] ?? 0);
}
