import { parseWith } from '@liquid-lln/protocol';
import { Child } from '../fleet/child.js';
import type { LocalDevice } from '../fleet/local-fleet.js';
import { programs } from '../fleet/project-paths.js';
import { type DeviceCounts, type PlayerReport, playerReportSchema } from './sensors/report.js';

export type PackageChange = Extract<PlayerReport, { kind: 'package' }>;

export interface TrafficInit {
  readonly logFile: string;
  readonly seed: number;
  readonly rateOf: (device: LocalDevice) => number;
}

/** The process that plays the sensors, and what it saw: the clients' own view of the devices. */
export class Traffic {
  readonly #child: Child;
  readonly #changes: PackageChange[] = [];
  readonly #failures: string[] = [];
  #counts: readonly DeviceCounts[] = [];

  private constructor(devices: readonly LocalDevice[], { logFile, seed, rateOf }: TrafficInit) {
    const asked = devices.map((device) => {
      return { deviceId: device.deviceId, url: device.url, ratePerSecond: rateOf(device) };
    });
    this.#child = new Child({
      name: 'sensors',
      program: programs.sensors,
      args: [JSON.stringify({ devices: asked, seed })],
      logFile,
      onLine: (line) => this.#note(parseWith(playerReportSchema, JSON.parse(line), 'a report of the sensors')),
    });
  }

  static start(devices: readonly LocalDevice[], init: TrafficInit): Traffic {
    return new Traffic(devices, init);
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
