import { figuresOf, LlnError } from '@liquid-lln/protocol';
import { systemClock } from '../adapters/system-clock.js';
import { thresholdTable } from '../domain/threshold-tables.js';
import { exitCodes } from '../exit-codes.js';
import type { CommandResult } from '../output.js';
import { progressView } from '../rendering/progress.js';
import { outputWidth, renderTable } from '../rendering/table.js';
import { measurementExitCode } from './measurement-outcome.js';
import { type Online, withInterruption } from './online-command.js';
import { readBaseline } from './run-benchmark.js';
import { followMeasurement } from './run-measurement.js';

export interface UpdateInit {
  /** A baseline file. */
  readonly baseline: string | undefined;
  /** Whether to apply what is shown. */
  readonly isApplied: boolean;
}

const timeoutSeconds = 60;

/** Shows what a baseline changes in the thresholds and, if that is wanted, applies it to coordinator and devices. */
export async function updateThresholds(online: Online, { baseline, isApplied }: UpdateInit): Promise<CommandResult> {
  if (baseline === undefined) throw new LlnError('USAGE', '--update-thresholds needs a --baseline FILE');
  const figures = readBaseline(baseline).devices.map(figuresOf);
  const shown = await online.client.request({ kind: 'thresholds-update', figures, isApplied: false });
  const document = { baseline, changes: shown.changes };
  if (shown.changes.length === 0)
    return {
      document: { ...document, isApplied, devices: [] },
      text: 'no threshold changes: they are in force already',
    };
  const table = renderTable(thresholdTable(shown.changes), outputWidth());
  if (!isApplied)
    return {
      document: { ...document, isApplied, devices: [] },
      text: `${table}\n\nnothing was changed: add --yes to apply it`,
    };
  online.note(`${table}\n`);
  const { measurementId } = await online.client.request({ kind: 'thresholds-update', figures, isApplied: true });
  if (measurementId === null) return { document: { ...document, isApplied, devices: [] }, text: 'in force already' };
  const view = progressView(online.isJson, online.note, systemClock);
  const deviceIds = [...new Set(shown.changes.map(({ deviceId }) => deviceId))];
  const end = await withInterruption((interrupted) =>
    followMeasurement(
      { client: online.client, clock: systemClock },
      { measurementId, devices: deviceIds, timeoutSeconds, interrupted, view },
    ),
  ).finally(() => view.stop());
  const adopted = end.devices.filter(({ state }) => state === 'done').length;
  const exitCode = measurementExitCode(end.devices, end.wasInterrupted);
  const again = exitCode === exitCodes.done ? '' : '; do it again when the others are back';
  return {
    document: { ...document, isApplied, devices: end.devices },
    text: `in force on ${adopted} of ${end.devices.length} devices${again}`,
    exitCode,
  };
}
