import type { Notice } from '@liquid-lln/protocol';
import nodemailer from 'nodemailer';
import type { Delivery } from '../../domain/alerting/delivery.js';
import { mailOf } from '../../domain/alerting/payloads.js';
import type { MailChannel } from '../../ports/notice-channels.js';

const stepMsMax = 10_000;
const mailMsMax = 25_000;

/** Sends one mail; a connection each, as alerts are rare. */
export async function sendMail(
  channel: MailChannel,
  notice: Notice,
  fleet: string,
  aborted: AbortSignal,
): Promise<Delivery> {
  const { host, port, secure, requireTls, from, to, login } = channel;
  const { subject, text, messageId, references } = mailOf(notice, fleet, domainOf(from));
  const transport = nodemailer.createTransport({
    host,
    port,
    secure,
    requireTLS: requireTls && !secure,
    ...(login === null ? {} : { auth: { user: login.username, pass: login.password } }),
    connectionTimeout: stepMsMax,
    greetingTimeout: stepMsMax,
    socketTimeout: stepMsMax,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const mail = { from, to: [...to], subject, text, messageId: `<${messageId}>`, references: `<${references}>` };
  const limit = AbortSignal.any([aborted, AbortSignal.timeout(mailMsMax)]);
  try {
    await Promise.race([transport.sendMail(mail), whenAborted(limit)]);
    return { result: 'delivered' };
  } catch (thrown) {
    return describeFailure(thrown);
  } finally {
    transport.close();
  }
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(Object.assign(new Error('too late'), { code: 'ETIMEDOUT' })), {
      once: true,
    });
  });
}

/** By code alone: what servers say may repeat what they were told. A mailbox that is not there stays so. */
function describeFailure(thrown: unknown): Delivery {
  const code = fieldOf(thrown, 'code') ?? 'no answer';
  const status = Number(fieldOf(thrown, 'responseCode') ?? 0);
  const detail = `the mail server: ${code}${status === 0 ? '' : `, ${status}`}`;
  if (status >= 500 && code !== 'EAUTH') return { result: 'refused', detail };
  return { result: 'failed', detail, retryAfterMs: null };
}

function fieldOf(thrown: unknown, name: string): string | null {
  if (typeof thrown !== 'object' || thrown === null || !(name in thrown)) return null;
  const value: unknown = Reflect.get(thrown, name);
  return value === undefined ? null : String(value);
}

/** `Ops <ops@example.org>` is in `example.org`. */
function domainOf(from: string): string {
  return /@([A-Za-z0-9.-]+)/.exec(from)?.[1] ?? 'localhost';
}
