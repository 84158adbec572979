import { createHmac } from 'node:crypto';

/** HMAC-SHA256 over the moment, a dot and the body: a receiver knows who sent it, and that it is no old one. */
export function signWebhook(secret: string, timestampSeconds: number, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestampSeconds}.${body}`).digest('hex')}`;
}
