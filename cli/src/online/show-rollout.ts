import type { OperatorProgress, Outlook, RolloutSummary } from '@liquid-lln/protocol';
import { systemClock } from '../adapters/system-clock.js';
import { standText } from '../domain/checklist-text.js';
import { outcomeOf } from '../domain/rollout-outcome.js';
import {
  analysisTable,
  issueLines,
  memberTable,
  outcomeTable,
  outlookTable,
  rolloutChanges,
  rolloutHeadline,
  waveLine,
  waveTable,
} from '../domain/rollout-text.js';
import { formatNumber } from '../domain/units.js';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import type { CommandResult } from '../output.js';
import { type ProgressView, progressView } from '../rendering/progress.js';
import { outputWidth, renderTable } from '../rendering/table.js';
import { type Online, withInterruption } from './online-command.js';
import { type WatchEnd, watchRollout } from './watch-rollout.js';

/** Watches the rollout that a request began, live, and tells how it ended. */
export async function followRollout(
  { client, isJson, note }: Online,
  first: RolloutSummary,
  progress: AsyncIterable<OperatorProgress>,
  timeoutMs: number,
): Promise<CommandResult> {
  const view = progressView(isJson, note, systemClock);
  try {
    const end = await withInterruption((interrupted) =>
      watchRollout(
        { client, clock: systemClock },
        { first, progress, timeoutMs, interrupted, onChange: showChanges(view), onTrouble: (text) => view.log(text) },
      ),
    );
    return resultOf(end);
  } finally {
    view.stop();
  }
}

const deviceRate = (amount: number): string => formatNumber(amount, '');

function showChanges(view: ProgressView): (rollout: RolloutSummary) => void {
  let shown: RolloutSummary | null = null;
  return (rollout) => {
    for (const line of rolloutChanges(shown, rollout)) view.log(line);
    const { asked, confirmed } = outcomeOf(rollout);
    view.update({ done: confirmed, total: asked, text: waveLine(rollout), rate: deviceRate });
    shown = rollout;
  };
}

function resultOf({ rollout, wasInterrupted }: WatchEnd): CommandResult {
  if (!wasInterrupted) return rolloutResult(rollout, outcomeOf(rollout).isDone ? exitCodes.done : exitCodes.notSo);
  const goesOn = `rollout ${rollout.rolloutId} goes on; to watch it: liquid-lln rollouts ${rollout.rolloutId} --follow; to stop it: liquid-lln stop ${rollout.rolloutId} --reason TEXT`;
  const { text, document } = rolloutResult(rollout, exitCodes.interrupted);
  return { document, text: `${text}\n\n${goesOn}`, exitCode: exitCodes.interrupted };
}

/** A rollout that would be made and was not. */
export function plannedResult(rollout: RolloutSummary): CommandResult {
  const { text } = rolloutResult(rollout, exitCodes.done);
  return { document: { rollout, dryRun: true }, text: `${text}\n\nnothing was changed: this is what would be done` };
}

/** A deploy that would be made and was not, with what its gates say of the fleet as it is. */
export function foreseenResult(rollout: RolloutSummary, outlook: readonly Outlook[]): CommandResult {
  const planned = plannedResult(rollout);
  const table = renderTable(outlookTable(outlook), outputWidth());
  return { document: { rollout, dryRun: true, outlook }, text: `${table}\n\n${planned.text}` };
}

/** A rollout as a result: where every wave and every device is. */
export function rolloutResult(rollout: RolloutSummary, exitCode: ExitCode): CommandResult {
  const width = outputWidth();
  const { analysis } = rollout;
  const blocks = [
    rolloutHeadline(rollout),
    standText(rollout.checklist),
    renderTable(waveTable(rollout), width),
    analysis === undefined ? '' : renderTable(analysisTable(analysis), width),
    renderTable(memberTable(rollout), width),
    renderTable(outcomeTable(rollout), width),
    issueLines(rollout).join('\n'),
  ];
  return {
    document: { rollout, ...outcomeOf(rollout) },
    text: blocks.filter((block) => block !== '').join('\n\n'),
    exitCode,
  };
}
