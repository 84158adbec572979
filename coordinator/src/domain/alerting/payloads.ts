import type { Notice } from '@liquid-lln/protocol';

/** What a webhook gets: everything, in a stable form. `v` grows with every change that is not an addition. */
export function webhookPayload(notice: Notice, fleet: string): Readonly<Record<string, unknown>> {
  const { noticeId, sequence, role, topic, event, subject, severity, title, detail, facts, atMs } = notice;
  return { v: 1, id: noticeId, sequence, fleet, topic, event, subject, severity, title, detail, facts, role, atMs };
}

/** What Slack and those that speak like it take: one text, with the characters escaped that mean something there. */
export function slackPayload(notice: Notice, fleet: string): Readonly<Record<string, unknown>> {
  const escapeText = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const lines = [
    `*[${fleet}] ${escapeText(notice.title)}*`,
    escapeText(notice.detail),
    ...factLines(notice).map(escapeText),
  ];
  return { text: lines.filter((line) => line !== '').join('\n') };
}

/** Events that end what an earlier one has begun. */
const resolving: ReadonlySet<string> = new Set(['ended', 'closed', 'recovered']);
/** PagerDuty's limit for a summary. */
const summaryMax = 1_024;

/** An event of PagerDuty's Events API v2. What belongs together has one `dedup_key`, so that pages do not pile up. */
export function pagerDutyPayload(notice: Notice, fleet: string, routingKey: string): Readonly<Record<string, unknown>> {
  const { topic, event, subject, severity, title, detail, facts, noticeId, atMs } = notice;
  const isLasting = topic === 'alerts' || topic === 'incidents';
  const dedupKey = isLasting ? `liquid-lln/${fleet}/${topic}/${subject}` : `liquid-lln/${fleet}/${noticeId}`;
  const action = resolving.has(event) ? 'resolve' : event === 'acknowledged' ? 'acknowledge' : 'trigger';
  const common = { routing_key: routingKey, event_action: action, dedup_key: dedupKey };
  if (action !== 'trigger') return common;
  const payload = {
    summary: `[${fleet}] ${title}`.slice(0, summaryMax),
    source: `liquid-lln/${fleet}`,
    severity,
    timestamp: isoTime(atMs),
    class: event,
    custom_details: { detail, ...facts, noticeId },
  };
  return { ...common, payload };
}

export interface Mail {
  readonly subject: string;
  readonly text: string;
  /** Without the brackets. The same for every attempt: mail programs show it once. */
  readonly messageId: string;
  /** What the mail belongs to, so that mail programs keep it together. */
  readonly references: string;
}

/** @param domain the part of the sender's address behind the `@` */
export function mailOf(notice: Notice, fleet: string, domain: string): Mail {
  const { noticeId, topic, subject, severity, title, detail, atMs } = notice;
  const text = [
    title,
    '',
    detail,
    '',
    ...factLines(notice),
    '',
    `${severity}, ${isoTime(atMs)}, fleet ${fleet}, ${noticeId}`,
  ];
  return {
    subject: oneLine(`[liquid-lln ${fleet}] ${title}`),
    text: `${text.join('\n').replace(/\n{3,}/g, '\n\n')}\n`,
    messageId: `${noticeId}.${fleet}@${domain}`,
    references: `${topic}.${subject.replace(/[^A-Za-z0-9._-]/g, '_')}.${fleet}@${domain}`,
  };
}

function factLines({ facts }: Notice): string[] {
  return Object.entries(facts)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name}: ${String(value)}`);
}

/** Control characters in a header would begin another one. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}

const secondMs = 1_000;
const isoFormat = new Intl.DateTimeFormat('sv-SE', { timeZone: 'UTC', dateStyle: 'short', timeStyle: 'medium' });

/** ISO 8601, in UTC to the second. */
function isoTime(wallMs: number): string {
  return `${isoFormat.format(Math.floor(wallMs / secondMs) * secondMs).replace(' ', 'T')}Z`;
}
