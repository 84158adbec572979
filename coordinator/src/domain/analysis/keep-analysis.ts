import type { Rollout } from '../rollout.js';
import { analysisOf, needsAnalysis } from './analysis-gate.js';
import { panelOfRollout } from './rollout-panel.js';
import type { TelemetryFrame } from './telemetry.js';
import { advanceAnalysis, openAnalysis } from './wave-analysis.js';

/**
 * A rollout with its analysis brought up to what has been recorded, or null where nothing waits for one.
 * @param frames in the order of time
 */
export function keepAnalysis(rollout: Rollout, frames: readonly TelemetryFrame[]): Rollout | null {
  const wave = rollout.waves[rollout.waveIndex];
  if (wave === undefined || wave.startedMs === null || !needsAnalysis(rollout)) return null;
  const { cleanInferences, ...panel } = panelOfRollout(rollout, frames);
  const analysis = analysisOf(rollout) ?? openAnalysis(rollout.waveIndex, wave.startedMs);
  return { ...rollout, analysis: advanceAnalysis(analysis, panel, cleanInferences) };
}
