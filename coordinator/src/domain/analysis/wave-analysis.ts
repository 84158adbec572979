import type { MetricFinding, Verdict } from '@liquid-lln/protocol';
import type { Panel } from './cell.js';
import { compare, type Difference } from './difference.js';
import { type ErrorBets, logCapitalOf, openBets, placeBets } from './error-bets.js';
import { type MetricTraits, metricTraits } from './metrics.js';

/** The analysis of one wave, as it is kept: what a restarted coordinator goes on from. */
export interface WaveAnalysis {
  readonly waveIndex: number;
  readonly startedMs: number;
  readonly looks: number;
  /** Time that the median canary must have been seen for the next look. */
  readonly nextLookSeconds: number;
  readonly bets: ErrorBets;
  readonly findings: readonly MetricFinding[];
  readonly verdict: Verdict;
  /** Inferences that went well with the new package, as far as they were recorded. */
  readonly cleanInferences: number;
}

/** The chance that a healthy rollout is ever called a failure: over all of its waves, metrics and looks together. */
export const falseAlarmChance = 0.01;
/** The first look, in seconds that the median canary has been seen; each further one after twice that time. */
const firstLookSeconds = 60;

export function openAnalysis(waveIndex: number, startedMs: number): WaveAnalysis {
  return {
    waveIndex,
    startedMs,
    looks: 0,
    nextLookSeconds: firstLookSeconds,
    bets: openBets(startedMs),
    findings: [],
    verdict: 'inconclusive',
    cleanInferences: 0,
  };
}

/** Takes in what was recorded since; looks at the means when their time has come, at the errors each time. */
export function advanceAnalysis(analysis: WaveAnalysis, panel: Panel, cleanInferences: number): WaveAnalysis {
  const bets = placeBets(analysis.bets, panel);
  const seen = medianOf(panel.canaries.map(({ present }) => present.reduce((sum, { seconds }) => sum + seconds, 0)));
  const isDue = seen >= analysis.nextLookSeconds;
  const looks = analysis.looks + (isDue ? 1 : 0);
  const { waveIndex } = analysis;
  const known = isDue ? lookAt(panel, { waveIndex, look: looks }) : analysis.findings;
  const findings = known.map((finding) => withBets(finding, bets, waveIndex));
  return {
    ...analysis,
    bets,
    looks,
    nextLookSeconds: isDue ? 2 * seen : analysis.nextLookSeconds,
    findings,
    verdict: verdictOfAll(findings),
    cleanInferences,
  };
}

interface Look {
  readonly waveIndex: number;
  /** From 1. */
  readonly look: number;
}

function lookAt(panel: Panel, look: Look): MetricFinding[] {
  return metricTraits.flatMap((traits) => {
    const difference = compare(panel, traits, chanceOf(look.waveIndex) * shareOf(look.look));
    if (difference !== null) return [describe(traits, difference)];
    return wasLost(panel, traits) ? [missing(traits)] : [];
  });
}

/**
 * A metric's chance of a false alarm in one wave. Shares fall as 1/n^2, so that all waves and all looks together, however
 * many there will be, have no more than the whole (Boole's inequality, which holds however they depend on each other).
 */
function chanceOf(waveIndex: number): number {
  return (falseAlarmChance / metricTraits.length) * shareOf(waveIndex + 1);
}

/** Of place 1, 2, ...: they sum to 1. */
function shareOf(place: number): number {
  return 6 / (Math.PI * place) ** 2;
}

function describe(traits: MetricTraits, difference: Difference): MetricFinding {
  const { effect, halfWidth, canaries, controls } = difference;
  const { metric, unit, toEffect } = traits;
  const isBounded = Number.isFinite(halfWidth);
  return {
    metric,
    verdict: verdictOf(traits, difference),
    effect: toEffect(effect),
    low: isBounded ? toEffect(effect - halfWidth) : null,
    high: isBounded ? toEffect(effect + halfWidth) : null,
    unit,
    canaries,
    controls,
    detail: isBounded ? '' : 'too few devices, with too short a past, for an interval',
  };
}

/** Bad errors are for the bets to say: an interval of so rare a thing is right on its good side only. */
function verdictOf({ metric, relevant, tolerable }: MetricTraits, { effect, halfWidth }: Difference): Verdict {
  if (metric !== 'error-rate' && effect >= relevant && effect > halfWidth) return 'failed';
  return effect + halfWidth < tolerable ? 'successful' : 'inconclusive';
}

/** What was measured before the new package and is not any more. */
function wasLost({ canaries }: Panel, { read }: MetricTraits): boolean {
  const isIn = (side: 'past' | 'present') =>
    canaries.some((device) => device[side].some((cell) => read(cell) !== null));
  return isIn('past') && !isIn('present');
}

/** A sensor that fell silent cannot be waited for; clients that do not ask at the moment can. */
function missing({ metric, unit, isSensed }: MetricTraits): MetricFinding {
  const none = { effect: null, low: null, high: null, unit, canaries: 0, controls: 0 };
  return isSensed
    ? { metric, verdict: 'error', ...none, detail: 'was measured before, and is not with the new package' }
    : { metric, verdict: 'inconclusive', ...none, detail: 'no requests of clients to compare yet' };
}

/** A bet that is won is won, whatever comes after; while one is being won nothing is successful. */
function withBets(finding: MetricFinding, bets: ErrorBets, waveIndex: number): MetricFinding {
  if (finding.metric !== 'error-rate' || finding.verdict === 'failed') return finding;
  const odds = Math.min(Math.exp(logCapitalOf(bets)), oddsShownMax);
  const isWon = odds * chanceOf(waveIndex) >= 1;
  if (!isWon && odds < oddsSuspicious) return finding;
  const detail = `a healthy package shows this once in ${Math.floor(odds)} times at most`;
  return { ...finding, verdict: isWon ? 'failed' : 'inconclusive', detail };
}

/** Whether a finding that fails nothing looks bad all the same: its effect matters, and is most likely none of chance. */
export function isSuspicious({ metric, verdict, effect, high }: MetricFinding, bets: ErrorBets): boolean {
  const traits = metricTraits.find((each) => each.metric === metric);
  if (verdict === 'successful' || effect === null || traits === undefined) return false;
  if (metric === 'error-rate') return Math.exp(logCapitalOf(bets)) >= oddsSuspicious;
  if (high === null) return effect >= traits.toEffect(traits.tolerable);
  return effect >= traits.toEffect(traits.relevant) && 3 * effect >= high - effect;
}

const oddsSuspicious = 10;
const oddsShownMax = 1_000_000;

function verdictOfAll(findings: readonly MetricFinding[]): Verdict {
  for (const verdict of ['failed', 'error', 'inconclusive'] as const) {
    if (findings.some((finding) => finding.verdict === verdict)) return verdict;
  }
  return findings.length > 0 ? 'successful' : 'inconclusive';
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
