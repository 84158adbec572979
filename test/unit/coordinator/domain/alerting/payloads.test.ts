import { mailOf, pagerDutyPayload, slackPayload, webhookPayload } from '@liquid-lln/coordinator';
import { type Notice, noticeSchema, parseWith } from '@liquid-lln/protocol';
import t from 'tap';
import { testMomentMs } from '../../../../support/fleet-views.js';

function noticeOf(changes: object = {}): Notice {
  const notice = {
    noticeId: 'n-abc-7',
    channel: 'hook',
    sequence: 12,
    fallback: [],
    role: 'ml-team',
    topic: 'alerts',
    event: 'raised',
    subject: 'a-3',
    severity: 'critical',
    title: 'alert raised: latency of gw-1',
    detail: 'latency 130 us <over> its limit & more',
    facts: { rule: 'latency', about: 'gw-1', environment: null, repeats: 0 },
    atMs: testMomentMs,
    ...changes,
  };
  return parseWith(noticeSchema, notice, 'notice');
}

t.test('a webhook gets everything under stable names', async (t) => {
  t.same(webhookPayload(noticeOf(), 'plant'), {
    v: 1,
    id: 'n-abc-7',
    sequence: 12,
    fleet: 'plant',
    topic: 'alerts',
    event: 'raised',
    subject: 'a-3',
    severity: 'critical',
    title: 'alert raised: latency of gw-1',
    detail: 'latency 130 us <over> its limit & more',
    facts: { rule: 'latency', about: 'gw-1', environment: null, repeats: 0 },
    role: 'ml-team',
    atMs: testMomentMs,
  });
});

t.test('Slack gets one text in which nothing is taken for markup', async (t) => {
  const { text } = slackPayload(noticeOf(), 'plant') as { text: string };
  t.match(
    text,
    '*[plant] alert raised: latency of gw-1*\nlatency 130 us &lt;over&gt; its limit &amp; more\nrule: latency',
  );
  t.notMatch(text, /environment/);
});

t.test('PagerDuty gets one incident for what belongs together, and is told when it is over', async (t) => {
  const raised = pagerDutyPayload(noticeOf(), 'plant', 'key');
  t.match(raised, {
    routing_key: 'key',
    event_action: 'trigger',
    dedup_key: 'liquid-lln/plant/alerts/a-3',
    payload: {
      summary: '[plant] alert raised: latency of gw-1',
      source: 'liquid-lln/plant',
      severity: 'critical',
      timestamp: '2026-01-31T08:15:00Z',
    },
  });
  t.same(pagerDutyPayload(noticeOf({ event: 'ended' }), 'plant', 'key'), {
    routing_key: 'key',
    event_action: 'resolve',
    dedup_key: 'liquid-lln/plant/alerts/a-3',
  });
  t.equal(pagerDutyPayload(noticeOf({ event: 'acknowledged' }), 'plant', 'key')['event_action'], 'acknowledge');
  t.equal(pagerDutyPayload(noticeOf({ topic: 'messages' }), 'plant', 'key')['dedup_key'], 'liquid-lln/plant/n-abc-7');
});

t.test('a mail has one message id for all attempts, and a header is one line whatever the title says', async (t) => {
  const mail = mailOf(noticeOf({ title: 'evil\r\nBcc: everybody@example.org' }), 'plant', 'example.org');
  t.equal(mail.messageId, 'n-abc-7.plant@example.org');
  t.equal(mail.references, 'alerts.a-3.plant@example.org');
  t.equal(mail.subject, '[liquid-lln plant] evil Bcc: everybody@example.org');
  t.match(mail.text, /about: gw-1/);
});
