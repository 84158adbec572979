import type { ChannelName, Notice } from '@liquid-lln/protocol';
import type { Delivery } from '../../domain/alerting/delivery.js';
import { pagerDutyPayload, slackPayload, webhookPayload } from '../../domain/alerting/payloads.js';
import type { NoticeChannels, OpenChannel } from '../../ports/notice-channels.js';
import { postJson } from './http-post.js';
import { sendMail } from './mail-sender.js';
import { signWebhook } from './webhook-signature.js';

/** Channels as they are configured. */
export class ConfiguredChannels implements NoticeChannels {
  readonly #channels: ReadonlyMap<ChannelName, OpenChannel>;
  readonly #fleet: string;

  constructor(channels: ReadonlyMap<ChannelName, OpenChannel>, fleet: string) {
    this.#channels = channels;
    this.#fleet = fleet;
  }

  async send(notice: Notice, aborted: AbortSignal): Promise<Delivery> {
    const channel = this.#channels.get(notice.channel);
    if (channel === undefined) return { result: 'refused', detail: 'the channel is not configured' };
    switch (channel.kind) {
      case 'webhook':
        return sendWebhook(channel, notice, this.#fleet, aborted);
      case 'slack':
        return postJson(channel.url, JSON.stringify(slackPayload(notice, this.#fleet)), {}, aborted);
      case 'pagerduty': {
        const body = JSON.stringify(pagerDutyPayload(notice, this.#fleet, channel.routingKey));
        return postJson(channel.url, body, {}, aborted);
      }
      case 'smtp':
        return sendMail(channel, notice, this.#fleet, aborted);
    }
  }
}

/** Signed anew with each attempt, so that a receiver may refuse old ones; the id stays. */
function sendWebhook(
  { url, secret }: Extract<OpenChannel, { kind: 'webhook' }>,
  notice: Notice,
  fleet: string,
  aborted: AbortSignal,
): Promise<Delivery> {
  const body = JSON.stringify(webhookPayload(notice, fleet));
  const timestamp = Math.floor(Date.now() / 1_000);
  const headers = {
    'idempotency-key': notice.noticeId,
    'lln-sequence': String(notice.sequence),
    'lln-timestamp': String(timestamp),
    'lln-signature': signWebhook(secret, timestamp, body),
  };
  return postJson(url, body, headers, aborted);
}
