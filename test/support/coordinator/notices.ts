import { type AlertingPolicy, type Delivery, type NoticeChannels, silentPolicy } from '@liquid-lln/coordinator';
import { type ChannelName, channelNameSchema, type Notice, parseWith } from '@liquid-lln/protocol';

export function channelOf(name: string): ChannelName {
  return parseWith(channelNameSchema, name, 'channel name');
}

/** On call: a pager, then mail; ML: chat; and a hook that gets every rollout event and every alert. */
export const somePolicy: AlertingPolicy = {
  ...silentPolicy,
  channels: [
    { channel: channelOf('pager'), kind: 'pagerduty', topics: [] },
    { channel: channelOf('mail'), kind: 'smtp', topics: [] },
    { channel: channelOf('chat'), kind: 'slack', topics: [] },
    { channel: channelOf('hook'), kind: 'webhook', topics: ['rollouts', 'alerts'] },
  ],
  roles: {
    ...silentPolicy.roles,
    'on-call-engineer': [channelOf('pager'), channelOf('mail')],
    'ml-team': [channelOf('chat')],
  },
};

/** Channels that do as the test says; what arrived is kept, also what was not answered well. */
export class ScriptedChannels implements NoticeChannels {
  readonly arrived: Notice[] = [];
  readonly #answers = new Map<string, Delivery>();
  /** Called with each notice that arrives, before it is answered. */
  onArrival: (notice: Notice) => void = () => undefined;

  /** How a channel answers from now on. */
  answer(channel: string, delivery: Delivery): void {
    this.#answers.set(channel, delivery);
  }

  async send(notice: Notice): Promise<Delivery> {
    this.arrived.push(notice);
    this.onArrival(notice);
    return this.#answers.get(notice.channel) ?? { result: 'delivered' };
  }

  /** What came through a channel, in words. */
  through(channel: string): string[] {
    return this.arrived
      .filter((notice) => notice.channel === channel)
      .map(({ event, subject }) => `${event} ${subject}`);
  }
}

export const down: Delivery = { result: 'failed', detail: 'the receiver answers 503', retryAfterMs: null };
