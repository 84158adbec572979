import {
  type Announcement,
  type ChannelName,
  type ChannelRecord,
  type Clock,
  isLlnError,
  type Notice,
  type Random,
  type Timer,
} from '@liquid-lln/protocol';
import {
  afterAttempt,
  type ChannelHealth,
  type Delivery,
  freshChannel,
  isDown,
  isTooOld,
} from '../../domain/alerting/delivery.js';
import { addEntry, putIncidents } from '../../domain/alerting/incident-book.js';
import { OutboxBuilder, queueOf } from '../../domain/alerting/outbox.js';
import type { AlertingPolicy } from '../../domain/alerting/policy.js';
import type { FleetChange } from '../../ports/fleet-store.js';
import type { Logger } from '../../ports/logger.js';
import type { NoticeChannels } from '../../ports/notice-channels.js';
import type { FleetLedger } from '../fleet-ledger.js';
import { coordinatorActor } from '../reconcile.js';
import { alertingChanges } from './alerting-changes.js';

export interface NoticeDispatcherComponents {
  readonly ledger: FleetLedger;
  readonly channels: NoticeChannels;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const periodMs = 200;

/**
 * Sends what waits in the store, each channel on its own and in order: the next one when the one before was taken. What was
 * taken is struck off afterwards, so a kill between the two sends it again with the same id.
 */
export class NoticeDispatcher {
  readonly #components: NoticeDispatcherComponents;
  readonly #policy: AlertingPolicy;
  readonly #healths = new Map<ChannelName, ChannelHealth>();
  readonly #working = new Map<ChannelName, Promise<void>>();
  readonly #stopping = new AbortController();
  #timer: Timer | null = null;

  constructor(components: NoticeDispatcherComponents, policy: AlertingPolicy) {
    this.#components = components;
    this.#policy = policy;
  }

  start(): void {
    const channels = new Set([
      ...this.#policy.channels.map(({ channel }) => channel),
      // Those that are configured no more are emptied.
      ...[...this.#components.ledger.state.alerting.notices.values()].map(({ channel }) => channel),
    ]);
    this.#timer = this.#components.clock.every(periodMs, () => {
      for (const channel of channels) this.#wake(channel);
    });
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#stopping.abort();
    await Promise.all(this.#working.values());
  }

  /** How each channel does that was used. */
  get healths(): ReadonlyMap<ChannelName, ChannelHealth> {
    return this.#healths;
  }

  #wake(channel: ChannelName): void {
    if (this.#working.has(channel) || this.#stopping.signal.aborted) return;
    const work = this.#work(channel)
      .catch((error: unknown) => {
        // What could not be struck off is sent again.
        if (!isLlnError(error, 'STORE_FULL')) this.#components.logger.error({ err: error, channel }, 'notices wait');
      })
      .finally(() => this.#working.delete(channel));
    this.#working.set(channel, work);
  }

  async #work(channel: ChannelName): Promise<void> {
    const { clock, ledger } = this.#components;
    while (!this.#stopping.signal.aborted) {
      const queue = queueOf(ledger.state.alerting, channel);
      const health = this.#healths.get(channel) ?? freshChannel;
      const nowMs = clock.monotonicMs();
      const isKnown = this.#policy.channels.some((known) => known.channel === channel);
      const elsewhere = queue.filter(({ fallback }) => fallback.length > 0);
      if ((!isKnown || isDown(health, this.#policy.failoverSeconds, nowMs)) && elsewhere.length > 0) {
        await this.#moveOn(channel, elsewhere, isKnown ? health.detail : 'it is not configured any more');
        continue;
      }
      const [head] = queue;
      if (head === undefined) return;
      const tooOld = isTooOld(head, this.#policy.giveUpSeconds, clock.wallMs());
      if (!isKnown || tooOld)
        await this.#giveUp(head, isKnown ? health.detail : 'the channel is not configured any more');
      else if (nowMs < health.restUntilMs) return;
      else await this.#attempt(head, health);
    }
  }

  async #attempt(notice: Notice, health: ChannelHealth): Promise<void> {
    const { channels, clock, random, logger } = this.#components;
    const { channel, noticeId } = notice;
    const delivery = await channels.send(notice, this.#stopping.signal);
    if (this.#stopping.signal.aborted && delivery.result === 'failed') return;
    this.#healths.set(channel, afterAttempt(health, delivery, clock.monotonicMs(), random));
    if (delivery.result === 'delivered') await this.#strikeOff(notice);
    else if (delivery.result === 'refused') await this.#giveUp(notice, delivery.detail);
    else if (health.failures === 0) logger.warn({ channel, noticeId, detail: delivery.detail }, 'channel fails');
  }

  async #strikeOff(notice: Notice): Promise<void> {
    const deliveredMs = this.#components.clock.wallMs();
    await this.#change((outbox) => {
      outbox.drop(notice);
      outbox.note(notice.channel, (record) => ({
        ...record,
        deliveredMs,
        test: record.test?.noticeId === notice.noticeId ? { ...record.test, deliveredMs } : record.test,
        ...announcementsAfter(record, notice, deliveredMs),
      }));
      return this.#noteIn([notice], `${notice.channel} has delivered it to ${notice.role ?? 'its subscribers'}`);
    });
  }

  /** Nobody waits for ever: what cannot be delivered is on record, and those behind it go on. */
  async #giveUp(notice: Notice, detail: string): Promise<void> {
    const { clock, logger } = this.#components;
    const { channel, noticeId, title } = notice;
    logger.error({ channel, noticeId, detail }, 'notice given up');
    await this.#change((outbox) => {
      outbox.drop(notice);
      outbox.note(channel, (record) => ({ ...record, lost: record.lost + 1 }));
      return [audit('notice-given-up', channel, `${noticeId}, ${title}: ${detail}`, clock.wallMs())];
    });
  }

  async #moveOn(channel: ChannelName, notices: readonly Notice[], detail: string): Promise<void> {
    const { clock, logger } = this.#components;
    logger.warn({ channel, notices: notices.length, detail }, 'the next channel takes over');
    const next = [...new Set(notices.map(({ fallback }) => fallback[0] ?? ''))].join(', ');
    await this.#change((outbox) => {
      for (const notice of notices) outbox.move(notice);
      const what = `${channel} fails (${detail}): ${next} takes over`;
      return [
        ...this.#noteIn(notices, what),
        audit('channel-replaced', channel, `${notices.length} notices go to ${next}: ${detail}`, clock.wallMs()),
      ];
    });
  }

  /** What became of the notices of incidents belongs to their timelines. */
  #noteIn(notices: readonly Notice[], text: string): FleetChange[] {
    const { ledger, clock } = this.#components;
    const { alerting } = ledger.state;
    const meant = new Set(notices.filter(({ topic }) => topic === 'incidents').map(({ subject }) => subject));
    const entry = { atMs: clock.wallMs(), actor: coordinatorActor, kind: 'notified' as const, text };
    const noted = [...alerting.incidents.values()]
      .filter(({ incidentId }) => meant.has(incidentId))
      .map((incident) => addEntry(incident, entry));
    return alertingChanges(putIncidents(alerting, noted));
  }

  async #change(work: (outbox: OutboxBuilder) => FleetChange[]): Promise<void> {
    await this.#components.ledger.change(({ alerting }) => {
      const outbox = new OutboxBuilder(alerting, this.#policy);
      const entries = work(outbox);
      return { changes: [...alertingChanges(outbox.change()), ...entries], result: null };
    });
  }
}

function audit(action: string, subject: string, detail: string, atMs: number): FleetChange {
  return { kind: 'add-audit', entry: { atMs, actor: coordinatorActor, action, subject, reason: null, detail } };
}

/** A coordinator without channels has nothing to send. */
export const noChannels: NoticeChannels = {
  send: async ({ channel }): Promise<Delivery> => ({ result: 'refused', detail: `there is no channel ${channel}` }),
};

/** What was announced by a notice has been told. */
function announcementsAfter(
  { announcements }: ChannelRecord,
  { noticeId }: Notice,
  deliveredMs: number,
): { announcements?: Announcement[] } {
  if (announcements === undefined) return {};
  return { announcements: announcements.map((each) => (each.noticeId === noticeId ? { ...each, deliveredMs } : each)) };
}
