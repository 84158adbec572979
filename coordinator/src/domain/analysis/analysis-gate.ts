import { describeFinding, type MetricFinding, type WaveAnalysisView } from '@liquid-lln/protocol';
import { isOpen, type Rollout, type WaveReport } from '../rollout.js';
import { isSuspicious, type WaveAnalysis } from './wave-analysis.js';

/** Whether a rollout's analysis has to be kept up to date: something waits for it. */
export function needsAnalysis(rollout: Rollout): boolean {
  const { conditions, instruction, waves, waveIndex } = rollout;
  const wave = waves[waveIndex];
  if (conditions === undefined || instruction.kind !== 'deploy' || wave === undefined) return false;
  if (wave.generation === null || wave.passedMs !== null || !isOpen(rollout)) return false;
  return isComparable(rollout) || conditions.evidenceMin > evidenceOfConfirmation(rollout);
}

/** Whether there is anything to compare: devices without the package, and devices that had another one before. */
function isComparable({ conditions, candidates, members, waveIndex }: Rollout): boolean {
  if (conditions?.isAnalysed !== true) return false;
  const entered = members.filter((member) => member.waveIndex <= waveIndex);
  return entered.length < candidates.length && members.some(({ before }) => before !== null);
}

/** What the members of the wave have shown at least when all of them are confirmed. */
function evidenceOfConfirmation({ instruction, members, waveIndex }: Rollout): number {
  if (instruction.kind !== 'deploy') return 0;
  const confirmed = members.filter((member) => member.waveIndex <= waveIndex).length;
  return confirmed * instruction.policy.evidenceInferencesMin;
}

/** Clean inferences that the wave which is out has shown, once all of its devices are confirmed. */
export function cleanInferencesOf(rollout: Rollout): number {
  return Math.max(analysisOf(rollout)?.cleanInferences ?? 0, evidenceOfConfirmation(rollout));
}

/**
 * Adds evidence and analysis to what its devices say of a wave. A failure of the analysis fails it at once; anything else
 * matters when all devices have confirmed. An open verdict holds until `holdUntilMs`, and then passes unless something
 * looks bad: then somebody has to promote the wave, or stop the rollout.
 */
export function judgeConditions(rollout: Rollout, waveIndex: number, judged: WaveReport, nowMs: number): WaveReport {
  const { conditions, instruction } = rollout;
  const isOut = waveIndex === rollout.waveIndex && rollout.waves[waveIndex]?.passedMs === null;
  if (conditions === undefined || instruction.kind !== 'deploy' || !isOut || judged.verdict === 'failed') return judged;
  const analysis = analysisOf(rollout);
  if (conditions.isAnalysed && analysis?.verdict === 'failed')
    return { verdict: 'failed', waitingFor: `worse than the devices without it: ${describe(analysis, 'failed')}` };
  if (judged.verdict !== 'successful') return judged;
  const clean = cleanInferencesOf(rollout);
  if (clean < conditions.evidenceMin)
    return hold(`evidence: ${clean} of ${conditions.evidenceMin} clean inferences with the new package`);
  return isComparable(rollout) ? judgeAnalysis(rollout, analysis, nowMs) : judged;
}

function judgeAnalysis(rollout: Rollout, analysis: WaveAnalysis | null, nowMs: number): WaveReport {
  if (analysis?.verdict === 'successful') return { verdict: 'successful', waitingFor: '' };
  if (analysis?.verdict === 'error')
    return {
      verdict: 'error',
      waitingFor: `${describe(analysis, 'error')}; \`liquid-lln promote\` passes the wave all the same`,
    };
  const suspicious = analysis?.findings.filter((finding) => isSuspicious(finding, analysis.bets)) ?? [];
  const leftSeconds = Math.ceil(((holdUntilMsOf(rollout) ?? nowMs) - nowMs) / 1_000);
  if (leftSeconds > 0) return hold(`the analysis: ${describe(analysis, 'inconclusive')}; for ${leftSeconds} s at most`);
  if (suspicious.length === 0) return { verdict: 'successful', waitingFor: '' };
  const what = suspicious.map(describeFinding).join('; ');
  return hold(`looks worse, and is not certain: ${what}; promote it or stop it`);
}

function hold(waitingFor: string): WaveReport {
  return { verdict: 'inconclusive', waitingFor: waitingFor.slice(0, 450) };
}

/** When an open verdict does not hold the wave any more; null before it has begun. */
export function holdUntilMsOf({ conditions, instruction, waves, waveIndex }: Rollout): number | null {
  const startedMs = waves[waveIndex]?.startedMs ?? null;
  if (conditions === undefined || startedMs === null || instruction.kind !== 'deploy') return null;
  const { soakSeconds, shadowSeconds } = instruction.policy;
  return startedMs + Math.round((soakSeconds + shadowSeconds + conditions.holdSeconds) * 1_000);
}

/** Of the wave that is out; an earlier one's says nothing about it. */
export function analysisOf({ analysis, waveIndex }: Rollout): WaveAnalysis | null {
  return analysis?.waveIndex === waveIndex ? analysis : null;
}

function describe(analysis: WaveAnalysis | null, verdict: MetricFinding['verdict']): string {
  const findings = analysis?.findings.filter((finding) => finding.verdict === verdict) ?? [];
  return findings.length === 0 ? 'nothing to compare yet' : findings.map(describeFinding).join('; ');
}

/** Everything that it found, in one line. */
export function describeAnalysis({ findings }: WaveAnalysis): string {
  return findings.map((finding) => `${describeFinding(finding)} ${finding.verdict}`).join('; ');
}

/** The newest analysis of a rollout, as operators see it; null if there is none. */
export function viewAnalysis(rollout: Rollout): WaveAnalysisView | null {
  const { analysis, conditions } = rollout;
  if (analysis === undefined || conditions === undefined) return null;
  const { waveIndex, verdict, looks, findings, cleanInferences } = analysis;
  return {
    waveIndex,
    verdict,
    looks,
    findings: [...findings],
    cleanInferences,
    evidenceMin: conditions.evidenceMin,
    holdUntilMs: holdUntilMsOf(rollout),
    isGate: conditions.isAnalysed,
  };
}
