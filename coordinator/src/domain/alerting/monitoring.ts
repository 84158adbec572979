import type { ChannelName } from '@liquid-lln/protocol';
import type { AlertingState } from './alerting-state.js';
import { channelRecord } from './outbox.js';
import type { AlertingPolicy } from './policy.js';

/** A test that old says nothing about today. */
const testedMsMax = 30 * 24 * 3600 * 1000;

/**
 * What is missing for somebody to hear of trouble, in words; empty if notification is configured and shown to work: one
 * of the on-call engineer's channels has carried a test that a person has acknowledged, within the last 30 days.
 */
export function missingForMonitoring(
  policy: AlertingPolicy,
  state: Pick<AlertingState, 'channels'>,
  nowMs: number,
): string[] {
  const channels = policy.roles['on-call-engineer'];
  if (channels.length === 0) return ['the on-call engineer has no channel: configure `alerting.roles`'];
  const faults = channels.map((channel) => testFault(channel, state, nowMs));
  return faults.includes(null) ? [] : faults.filter((fault) => fault !== null);
}

function testFault(channel: ChannelName, state: Pick<AlertingState, 'channels'>, nowMs: number): string | null {
  const { test } = channelRecord(state, channel);
  if (test === null) return `${channel} was never tested: \`liquid-lln notify --test\``;
  if (nowMs - test.atMs > testedMsMax) return `${channel} was not tested for 30 days: \`liquid-lln notify --test\``;
  if (test.deliveredMs === null) return `${channel} has not delivered its test`;
  if (test.acknowledged === null)
    return `nobody has acknowledged the test of ${channel}: \`liquid-lln notify --acknowledge CODE\``;
  return null;
}
