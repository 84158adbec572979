import {
  announcementsKeptMax,
  type ChannelName,
  type ChannelView,
  LlnError,
  type Notice,
  roleSchema,
} from '@liquid-lln/protocol';
import { missingForMonitoring } from '../../domain/alerting/monitoring.js';
import {
  channelRecord,
  channelsOfRole,
  type NoticeDraft,
  OutboxBuilder,
  queueOf,
} from '../../domain/alerting/outbox.js';
import type { AlertingPolicy, ChannelPolicy } from '../../domain/alerting/policy.js';
import type { FleetView } from '../../domain/fleet-view.js';
import { measuredTargetOf } from '../../domain/measured-target.js';
import { resolveTarget } from '../../domain/target-resolution.js';
import { alertingChanges } from '../alerting/alerting-changes.js';
import { viewFleet } from '../views.js';
import type { Caller, Handler, OperatorComponents, RequestOf } from './operator-context.js';

/** The reply comes when it is on disk; it is sent from there. */
export const notify: Handler<'notify'> = async (request, caller, components) => {
  const { ledger, alerting: policy, clock, presence } = components;
  if (policy.channels.length === 0)
    throw new LlnError('CHANNEL_UNKNOWN', 'the coordinator has no channels: configure `alerting.channels`');
  const atMs = clock.wallMs();
  const notices = await ledger.change((state) => {
    const outbox = new OutboxBuilder(state.alerting, policy);
    const posted = request.isTest
      ? postTests(outbox, channelsMeant(request, policy), { caller, request, atMs, components })
      : postMessage(outbox, request, policy, messageOf(request, caller, atMs));
    noteAnnouncement(outbox, posted, request, { actor: caller.actor, atMs, fleet: viewFleet(state, presence) });
    const subject = request.channel ?? request.role ?? 'everybody';
    const action = request.isTest ? 'notify-test' : 'notify';
    const entry = { atMs, actor: caller.actor, action, subject, reason: null, detail: request.message };
    return { changes: [...alertingChanges(outbox.change()), { kind: 'add-audit', entry }], result: posted };
  });
  const noticeIds = [...new Set(notices.map(({ noticeId }) => noticeId))];
  return { of: 'notify', noticeIds, channels: notices.map(({ channel }) => channel) };
};

export const listChannels: Handler<'channels'> = async (_request, _caller, components) => {
  const { ledger, alerting: policy, clock } = components;
  return {
    of: 'channels',
    channels: policy.channels.map((channel) => viewChannel(channel, components)),
    missing: missingForMonitoring(policy, ledger.state.alerting, clock.wallMs()),
  };
};

/** Somebody has read a test and gives its code. */
export const acknowledgeTest: Handler<'acknowledge-test'> = async (
  { code },
  { actor },
  { ledger, clock, alerting },
) => {
  const atMs = clock.wallMs();
  const channels = await ledger.change((state) => {
    const meant = [...state.alerting.channels.values()].filter(({ test }) => test !== null && test.code === code);
    if (meant.length === 0) throw new LlnError('CHANNEL_UNKNOWN', 'no test has this code; a newer test has another');
    const outbox = new OutboxBuilder(state.alerting, alerting);
    const acknowledged = { by: actor, reason: 'the test arrived', atMs };
    for (const { channel } of meant)
      outbox.note(channel, (known) => ({
        ...known,
        test: known.test === null ? null : { ...known.test, acknowledged },
      }));
    const entries = meant.map(({ channel }) => {
      const entry = { atMs, actor, action: 'acknowledge-test', subject: channel, reason: null, detail: '' };
      return { kind: 'add-audit' as const, entry };
    });
    return { changes: [...alertingChanges(outbox.change()), ...entries], result: meant.map(({ channel }) => channel) };
  });
  return { of: 'acknowledge-test', channels };
};

interface Testing {
  readonly caller: Caller;
  readonly request: RequestOf<'notify'>;
  readonly atMs: number;
  readonly components: OperatorComponents;
}

/** Every channel by itself, each with a code of its own: only who reads it there can tell. */
function postTests(
  outbox: OutboxBuilder,
  channels: readonly ChannelName[],
  { caller, request, atMs, components }: Testing,
): Notice[] {
  return channels.map((channel) => {
    const code = components.secrets.newSeed().slice(0, 8);
    const draft = messageOf(request, caller, atMs);
    const how = `To say that it arrived: liquid-lln notify --acknowledge ${code}`;
    const notice = outbox.postTo({ ...draft, event: 'test', detail: how, facts: { by: caller.actor, code } }, channel);
    const test = { noticeId: notice.noticeId, code, by: caller.actor, atMs, deliveredMs: null, acknowledged: null };
    outbox.note(channel, (record) => ({ ...record, test }));
    return notice;
  });
}

/** Who asks later whether people were told of a package finds it with the channels that told them. */
function noteAnnouncement(
  outbox: OutboxBuilder,
  notices: readonly Notice[],
  { announces }: RequestOf<'notify'>,
  { actor, atMs, fleet }: { readonly actor: string; readonly atMs: number; readonly fleet: FleetView },
): void {
  if (announces === undefined) return;
  const { devices } = resolveTarget(measuredTargetOf(announces.target).target, fleet);
  const environments = [...new Set(devices.map(({ environment }) => environment))];
  for (const { channel, noticeId } of notices) {
    const fresh = { noticeId, digest: announces.package.digest, environments, by: actor, atMs, deliveredMs: null };
    outbox.note(channel, (record) => ({
      ...record,
      announcements: [...(record.announcements ?? []), fresh].slice(-announcementsKeptMax),
    }));
  }
}

function postMessage(
  outbox: OutboxBuilder,
  request: RequestOf<'notify'>,
  policy: AlertingPolicy,
  draft: NoticeDraft,
): Notice[] {
  if (request.channel !== null) return channelsMeant(request, policy).map((channel) => outbox.postTo(draft, channel));
  return outbox.post(draft, request.role === null ? roleSchema.options : [request.role]);
}

/** @throws LlnError CHANNEL_UNKNOWN */
function channelsMeant({ channel, role }: RequestOf<'notify'>, policy: AlertingPolicy): readonly ChannelName[] {
  if (role !== null) return channelsOfRole(policy, role);
  if (channel === null) return policy.channels.map((known) => known.channel);
  if (!policy.channels.some((known) => known.channel === channel))
    throw new LlnError('CHANNEL_UNKNOWN', `there is no channel ${channel}`, { channel });
  return [channel];
}

function messageOf({ message, isTest }: RequestOf<'notify'>, { actor }: Caller, atMs: number): NoticeDraft {
  const title = isTest ? `test: ${message}` : message;
  const facts = { by: actor };
  return { topic: 'messages', event: 'message', subject: actor, severity: 'info', title, detail: message, facts, atMs };
}

function viewChannel({ channel, kind, topics }: ChannelPolicy, components: OperatorComponents): ChannelView {
  const { ledger, alerting: policy, clock, channelHealths } = components;
  const { deliveredMs, lost, test } = channelRecord(ledger.state.alerting, channel);
  const health = channelHealths().get(channel);
  const since = health?.failingSinceMs ?? null;
  const sinceMs = since === null ? null : Math.round(clock.wallMs() - (clock.monotonicMs() - since));
  return {
    channel,
    kind,
    roles: roleSchema.options.filter((role) => policy.roles[role].includes(channel)),
    topics: [...topics],
    waiting: queueOf(ledger.state.alerting, channel).length,
    lost,
    deliveredMs,
    failing: sinceMs === null ? null : { sinceMs: Math.max(0, sinceMs), detail: health?.detail ?? '' },
    test: test === null ? null : withoutCode(test),
  };
}

/** Whoever could read the code here would not have to wait for the test. */
function withoutCode({ by, atMs, deliveredMs, acknowledged }: NonNullable<ReturnType<typeof channelRecord>['test']>) {
  return { by, atMs, deliveredMs, acknowledged };
}
