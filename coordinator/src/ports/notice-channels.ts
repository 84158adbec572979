import type { Notice } from '@liquid-lln/protocol';
import type { Delivery } from '../domain/alerting/delivery.js';

/** What carries notices to people and their programs. */
export interface NoticeChannels {
  /**
   * Sends once, through the channel that the notice names. Never rejects, and ends within half a minute; what was sent
   * and not answered counts as failed, and comes again with the same id.
   */
  send(notice: Notice, aborted: AbortSignal): Promise<Delivery>;
}

/** A channel with its secrets: nothing of it may be logged. */
export type OpenChannel =
  | { readonly kind: 'webhook'; readonly url: string; readonly secret: string }
  | { readonly kind: 'slack'; readonly url: string }
  | { readonly kind: 'pagerduty'; readonly url: string; readonly routingKey: string }
  | ({ readonly kind: 'smtp' } & MailChannel);

export interface MailChannel {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; otherwise STARTTLS. */
  readonly secure: boolean;
  /** Whether a server without STARTTLS is refused. */
  readonly requireTls: boolean;
  readonly from: string;
  readonly to: readonly string[];
  readonly login: { readonly username: string; readonly password: string } | null;
}
