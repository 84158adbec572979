import type { ChannelName, ChannelRecord, Notice, Role } from '@liquid-lln/protocol';
import { type AlertingChange, countOf } from './alert-book.js';
import type { AlertingDrop, AlertingRecord, AlertingState } from './alerting-state.js';
import type { AlertingPolicy } from './policy.js';

/** What is to be told, before it is known through which channels. */
export type NoticeDraft = Omit<Notice, 'noticeId' | 'channel' | 'sequence' | 'fallback' | 'role'>;

/** The key of a notice in the store. */
export function noticeKey({ channel, sequence }: Pick<Notice, 'channel' | 'sequence'>): string {
  return `${channel}/${sequence}`;
}

/** What waits for a channel, in the order in which it is to be sent. */
export function queueOf({ notices }: Pick<AlertingState, 'notices'>, channel: ChannelName): Notice[] {
  return [...notices.values()].filter((notice) => notice.channel === channel).sort((a, b) => a.sequence - b.sequence);
}

/** A channel of which nothing is known yet. */
export function channelRecord({ channels }: Pick<AlertingState, 'channels'>, channel: ChannelName): ChannelRecord {
  return channels.get(channel) ?? { channel, deliveredMs: null, lost: 0, test: null };
}

/** The channels of a role, the first one first. Nobody's trouble is the on-call engineer's. */
export function channelsOfRole({ roles }: AlertingPolicy, role: Role): readonly ChannelName[] {
  return roles[role].length > 0 ? roles[role] : roles['on-call-engineer'];
}

/** Puts notices into queues; what it has put at the end is one change. */
export class OutboxBuilder {
  readonly #state: AlertingState;
  readonly #policy: AlertingPolicy;
  readonly #counters = new Map<string, number>();
  readonly #puts = new Map<string, Notice>();
  readonly #channels = new Map<ChannelName, ChannelRecord>();
  readonly #drops: AlertingDrop[] = [];

  constructor(state: AlertingState, policy: AlertingPolicy) {
    this.#state = state;
    this.#policy = policy;
  }

  /**
   * Tells roles, each through its first channel with the others to fall back to, and whoever subscribed to the topic.
   * No channel gets the same twice.
   * @returns the notices
   */
  post(draft: NoticeDraft, roles: readonly Role[]): Notice[] {
    const noticeId = `n-${draft.atMs.toString(36)}-${this.#next('notice')}`;
    const posted = new Map<ChannelName, Notice>();
    for (const role of roles) {
      const [first, ...fallback] = channelsOfRole(this.#policy, role);
      if (first !== undefined && !posted.has(first))
        posted.set(first, this.#put(draft, noticeId, first, fallback, role));
    }
    for (const { channel, topics } of this.#policy.channels) {
      if (topics.includes(draft.topic) && !posted.has(channel))
        posted.set(channel, this.#put(draft, noticeId, channel, [], null));
    }
    return [...posted.values()];
  }

  /** Tells through one channel, whoever it belongs to. */
  postTo(draft: NoticeDraft, channel: ChannelName): Notice {
    return this.#put(draft, `n-${draft.atMs.toString(36)}-${this.#next('notice')}`, channel, [], null);
  }

  /** Takes a notice that another channel did not get through. */
  move(notice: Notice): void {
    const [next, ...fallback] = notice.fallback;
    this.drop(notice);
    if (next !== undefined) this.#put(notice, notice.noticeId, next, fallback, notice.role);
  }

  drop(notice: Notice): void {
    this.#drops.push({ of: 'notice', key: noticeKey(notice) });
  }

  /** Notes what has become of a channel. */
  note(channel: ChannelName, change: (record: ChannelRecord) => ChannelRecord): void {
    this.#channels.set(channel, change(this.#channels.get(channel) ?? channelRecord(this.#state, channel)));
  }

  change(): AlertingChange {
    const puts: AlertingRecord[] = [
      ...[...this.#counters].map(([key, value]) => ({ of: 'counter' as const, key, value })),
      ...[...this.#puts].map(([key, value]) => ({ of: 'notice' as const, key, value })),
      ...[...this.#channels].map(([key, value]) => ({ of: 'channel' as const, key, value })),
    ];
    return { puts, drops: this.#drops };
  }

  #put(
    draft: NoticeDraft,
    noticeId: string,
    channel: ChannelName,
    fallback: readonly ChannelName[],
    role: Role | null,
  ): Notice {
    const { topic, event, subject, severity, title, detail, facts, atMs } = draft;
    const notice: Notice = {
      noticeId,
      channel,
      sequence: this.#next(`notice/${channel}`),
      fallback: [...fallback],
      role,
      topic,
      event,
      subject,
      severity,
      title: title.slice(0, 200),
      detail: detail.slice(0, 4_000),
      facts,
      atMs,
    };
    this.#makeRoom(channel);
    this.#puts.set(noticeKey(notice), notice);
    return notice;
  }

  /** A full queue loses its oldest; the gap in the sequence shows it. */
  #makeRoom(channel: ChannelName): void {
    const dropped = new Set(this.#drops.map(({ key }) => key));
    const waiting = queueOf(this.#state, channel).filter((notice) => !dropped.has(noticeKey(notice)));
    const fresh = [...this.#puts.values()].filter((notice) => notice.channel === channel).length;
    const [oldest] = waiting;
    if (waiting.length + fresh < this.#policy.queueMax || oldest === undefined) return;
    this.drop(oldest);
    this.note(channel, (record) => ({ ...record, lost: record.lost + 1 }));
  }

  #next(name: string): number {
    const next = (this.#counters.get(name) ?? countOf(this.#state, name)) + 1;
    this.#counters.set(name, next);
    return next;
  }
}
