import { measurementLimits } from '@liquid-lln/protocol';
import { type Command, Option } from 'commander';
import { systemClock } from '../adapters/system-clock.js';
import { parsePercent } from '../domain/percent.js';
import { type TargetOptions, targetOf } from '../domain/targets.js';
import { progressView } from '../rendering/progress.js';
import { durationOption, type Online, withInterruption } from './online-command.js';
import { type MeasureEnd, type MeasureInit, runMeasurement } from './run-measurement.js';

/** The options of every command that has devices measure something. */
export interface MeasureOptions extends TargetOptions {
  /** Of a device's time, 0 to 1. */
  readonly share: number;
  /** Seconds beyond what the measurement itself takes. */
  readonly timeout: number;
}

export function addMeasureOptions(command: Command): Command {
  const usual = measurementLimits.shareDefault;
  return command
    .addOption(
      new Option('--share <percent>', "how much of a device's time it may take")
        .argParser((text) => parsePercent(text) / 100)
        .default(usual, `${usual * 100}%`),
    )
    .addOption(durationOption('--timeout <duration>', 'how long devices may take beyond what is asked for', '10m'));
}

/** Measures, shows how far it is, and cancels on Ctrl-C. @param seconds what the measurement takes by itself */
export function measureTarget(
  { client, isJson, note }: Online,
  options: MeasureOptions,
  spec: MeasureInit['spec'],
): Promise<MeasureEnd> {
  const view = progressView(isJson, note, systemClock);
  const seconds = 'seconds' in spec ? spec.seconds : 0;
  const init = {
    target: targetOf(options),
    spec,
    share: options.share,
    timeoutSeconds: seconds + options.timeout,
    view,
  };
  return withInterruption((interrupted) =>
    runMeasurement({ client, clock: systemClock }, { ...init, interrupted }),
  ).finally(() => view.stop());
}
