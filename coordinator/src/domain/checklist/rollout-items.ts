import type { DuringItem, PostItem } from '@liquid-lln/protocol';
import { isMatching } from '../alerting/silence.js';
import { isOpen, type Rollout } from '../rollout.js';
import { lastAnnouncement } from './announcements.js';
import {
  type ChecklistDevice,
  type ChecklistFacts,
  type ChecklistPolicy,
  type Finding,
  nameSome,
  notApplicable,
  packageArguments,
  targetArguments,
} from './facts.js';
import { judgeSeen, seenOfSuites } from './verified.js';

type RolloutCheck = (facts: ChecklistFacts, rollout: Rollout, policy: ChecklistPolicy) => Finding;

/** What is looked at while a rollout is open. */
export const duringChecks: { readonly [K in DuringItem]: RolloutCheck } = {
  'metrics-watched': (facts) =>
    checkAll(facts, ({ isWatched }) => isWatched, {
      good: 'tell their health in time',
      bad: 'do not tell their health in time',
      next: [`liquid-lln monitor ${targetArguments(facts.target)}`],
    }),
  'steps-recorded': checkSteps,
  'alerts-active': checkAlerts,
};

/** What is looked at when a rollout is over. */
export const postChecks: { readonly [K in PostItem]: RolloutCheck } = {
  'performance-verified': checkPerformance,
  'baseline-recorded': checkBaseline,
  'thresholds-updated': checkThresholds,
  'deployment-log': checkSteps,
  registry: checkRegistry,
  'report-written': checkReport,
  'completion-notified': checkCompletion,
};

/** The finding while it is not the time to ask; null if it is. */
export function untimely(phase: 'during' | 'post', { rollout }: ChecklistFacts): Finding | null {
  if (rollout === null) return notApplicable('it was not deployed here');
  if (phase === 'post' && isOpen(rollout)) return notApplicable(`rollout ${rollout.rolloutId} is ${rollout.status}`);
  if (phase === 'during' && !isOpen(rollout))
    return notApplicable(`rollout ${rollout.rolloutId} is over: ${rollout.status}`);
  return null;
}

/** Every device has to be so. */
function checkAll(
  { devices, nowMs }: ChecklistFacts,
  isSo: (device: ChecklistDevice) => boolean,
  words: { readonly good: string; readonly bad: string; readonly next: readonly string[] },
): Finding {
  const others = devices.filter((device) => !isSo(device));
  const so = devices.length - others.length;
  const evidence =
    others.length === 0
      ? `${so} of ${devices.length} devices ${words.good}`
      : `${others.length} of ${devices.length} ${words.bad}: ${nameSome(others.map(({ deviceId }) => deviceId))}`;
  const isPassed = others.length === 0;
  return { state: isPassed ? 'passed' : 'missing', evidence, observedMs: nowMs, next: isPassed ? [] : words.next };
}

/** Whether the history of the rollout's devices has no gap, and how far it has come. */
function checkSteps({ devices, nowMs }: ChecklistFacts, rollout: Rollout): Finding {
  const { waves, members, status, rolloutId } = rollout;
  const passed = waves.filter(({ passedMs }) => passedMs !== null).length;
  const issues = members.flatMap(({ deviceId, failure }) =>
    failure === null ? [] : [`${deviceId} ${failure.progress}: ${failure.outcome.detail}`],
  );
  const gaps = devices.filter(({ hasEventGap }) => hasEventGap).map(({ deviceId }) => deviceId);
  const told = `${rolloutId} is ${status}, ${passed} of ${waves.length} waves passed; issues: ${issues.length === 0 ? 'none' : nameSome(issues)}`;
  if (gaps.length === 0) return { state: 'passed', evidence: told, observedMs: rollout.endedMs ?? nowMs, next: [] };
  const evidence = `${told}; events are missing of ${nameSome(gaps)}`;
  return { state: 'failed', evidence, observedMs: nowMs, next: ['liquid-lln events --target all'] };
}

/** Somebody is told: channels that work, and nothing of the target silenced. */
function checkAlerts({ alerting, alertingPolicy, devices, nowMs }: ChecklistFacts): Finding {
  const finding = (state: Finding['state'], evidence: string, next: readonly string[]): Finding => ({
    state,
    evidence,
    observedMs: nowMs,
    next,
  });
  if (alertingPolicy.channels.length === 0)
    return finding('missing', 'no alert is told to anybody: configure `alerting.channels`', ['liquid-lln notify']);
  const open = [...alerting.alerts.values()].filter(({ endedMs }) => endedMs === null);
  const down = open.filter(({ rule }) => rule === 'channel-down').map(({ subject }) => subject);
  if (down.length > 0)
    return finding('failed', `cannot be delivered by ${nameSome(down)}`, ['liquid-lln notify --test']);
  const silences = [...alerting.silences.values()].filter(({ untilMs }) => nowMs < untilMs);
  const muted = devices.filter(({ deviceId, environment }) =>
    silences.some(({ matcher }) => {
      const rule = matcher.rule ?? 'unresponsive';
      return isMatching(matcher, { rule, subject: deviceId, environment, devices: [deviceId] });
    }),
  );
  if (muted.length > 0)
    return finding('failed', `alerts of ${nameSome(muted.map(({ deviceId }) => deviceId))} are silenced`, [
      'liquid-lln alerts',
    ]);
  return finding('passed', `alerts go through ${alertingPolicy.channels.length} channels; ${open.length} are open`, []);
}

function checkPerformance(facts: ChecklistFacts, { endedMs }: Rollout, policy: ChecklistPolicy): Finding {
  const ids = new Set(facts.devices.map(({ deviceId }) => deviceId));
  const since = facts.verifications.filter(({ record }) => ids.has(record.deviceId) && record.atMs >= (endedMs ?? 0));
  return judgeSeen(
    seenOfSuites(since, ['production', 'full']),
    facts,
    { ...policy, maxAgeMs: Number.POSITIVE_INFINITY },
    {
      evidence: 'it was not verified in place since then',
      next: [`liquid-lln verify ${targetArguments(facts.target)} --test-suite production`],
    },
  );
}

const benchmark = ({ target }: ChecklistFacts) =>
  `liquid-lln benchmark ${targetArguments(target)} --duration 3600 --output baseline.json`;
const adopt = 'liquid-lln monitor --update-thresholds --baseline baseline.json';

function checkBaseline(facts: ChecklistFacts): Finding {
  return checkAll(facts, ({ adopted }) => adopted?.digest === facts.package.digest, {
    good: 'have figures of this package on record',
    bad: 'have none of this package on record',
    next: [benchmark(facts), adopt],
  });
}

function checkThresholds(facts: ChecklistFacts): Finding {
  return checkAll(facts, ({ thresholdOrigin }) => thresholdOrigin === 'baseline', {
    good: 'are held to thresholds of a baseline',
    bad: 'are not held to thresholds of a baseline',
    next: [benchmark(facts), adopt],
  });
}

/** What the registry says that serves is what the devices say. */
function checkRegistry(facts: ChecklistFacts): Finding {
  if (!facts.isRegistered) return { state: 'failed', evidence: 'it is not registered', observedMs: null, next: [] };
  const { name, version, digest } = facts.package;
  return checkAll(facts, ({ running }) => running?.digest === digest && running.state === 'confirmed', {
    good: `run ${name}@${version}, which is registered`,
    bad: `do not run ${name}@${version}`,
    next: [`liquid-lln deploy ${targetArguments(facts.target)} ${packageArguments(facts)}`],
  });
}

function checkReport(_: ChecklistFacts, { rolloutId, reported }: Rollout): Finding {
  const next = [`liquid-lln report --rollout ${rolloutId} --output report.html`];
  if (reported === undefined)
    return { state: 'missing', evidence: 'nobody has written its report', observedMs: null, next };
  const { by, atMs } = reported;
  return { state: 'passed', evidence: `written by ${by}`, observedMs: atMs, next: [] };
}

/** By a channel that is told of every rollout's end, or by somebody's word. */
function checkCompletion(facts: ChecklistFacts, { endedMs }: Rollout): Finding {
  const sinceMs = endedMs ?? 0;
  const { alerting, alertingPolicy, package: identity, target } = facts;
  const subscribed = alertingPolicy.channels.find(({ channel, topics }) => {
    const isWaiting = [...alerting.notices.values()].some((notice) => notice.channel === channel);
    return topics.includes('rollouts') && !isWaiting && (alerting.channels.get(channel)?.deliveredMs ?? 0) >= sinceMs;
  });
  if (subscribed !== undefined) {
    const observedMs = alerting.channels.get(subscribed.channel)?.deliveredMs ?? null;
    return { state: 'passed', evidence: `${subscribed.channel} is told of every rollout`, observedMs, next: [] };
  }
  const last = lastAnnouncement(facts, sinceMs);
  const next = [
    `liquid-lln notify --announce ${identity.name}@${identity.version} ${targetArguments(target)} --message "it is done"`,
  ];
  if (last === null) return { state: 'missing', evidence: 'nobody was told that it is done', observedMs: null, next };
  const { channel, deliveredMs, by, atMs } = last;
  if (deliveredMs === null)
    return { state: 'failed', evidence: `${channel} has not delivered it`, observedMs: atMs, next };
  return { state: 'passed', evidence: `${channel} has delivered what ${by} told`, observedMs: deliveredMs, next: [] };
}
