import { parseWith } from '@liquid-lln/protocol';
import { Child } from '../fleet/child.js';
import type { LocalFleet } from '../fleet/local-fleet.js';
import { programs } from '../fleet/project-paths.js';
import { type DeviceCounts, type PlayerReport, playerReportSchema } from './sensors/report.js';

export type PackageChange = Extract<PlayerReport, { kind: 'package' }>;

/** The process that plays the sensors, and what it saw: the clients' own view of the devices. */
export class Traffic {
  readonly #child: Child;
  readonly #changes: PackageChange[] = [];
  readonly #failures: string[] = [];
  #counts: readonly DeviceCounts[] = [];

  private constructor(fleet: LocalFleet, init: { logFile: string; seed: number; ratePerSecond: number }) {
    const devices = fleet.devices.map(({ deviceId, url }) => ({ deviceId, url }));
    const task = { devices, ratePerSecond: init.ratePerSecond, seed: init.seed };
    this.#child = new Child({
      name: 'sensors',
      program: programs.sensors,
      args: [JSON.stringify(task)],
      logFile: init.logFile,
      onLine: (line) => this.#note(parseWith(playerReportSchema, JSON.parse(line), 'a report of the sensors')),
    });
  }

  static start(fleet: LocalFleet, init: { logFile: string; seed: number; ratePerSecond: number }): Traffic {
    return new Traffic(fleet, init);
  }

  /** When which device began to answer from which package, in the order in which it was seen. */
  get changes(): readonly PackageChange[] {
    return this.#changes;
  }

  get counts(): readonly DeviceCounts[] {
    return this.#counts;
  }

  /** The first few failures, in words. */
  get failures(): readonly string[] {
    return this.#failures;
  }

  get isRunning(): boolean {
    return this.#child.end === null;
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }

  #note(report: PlayerReport): void {
    if (report.kind === 'counts') this.#counts = report.devices;
    else if (report.kind === 'package') this.#changes.push(report);
    else if (this.#failures.length < 5) this.#failures.push(`${report.deviceId}: ${report.message}`);
  }
}
