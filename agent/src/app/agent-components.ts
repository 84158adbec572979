import type { Clock, DeviceKind, Environment, GatewayId, LiquidPackage, Random } from '@liquid-lln/protocol';
import type { AskSelf } from '../ports/ask-self.js';
import type { Board } from '../ports/board.js';
import type { Bus } from '../ports/bus.js';
import type { CpuClock } from '../ports/cpu-clock.js';
import type { InferenceEngine } from '../ports/inference-engine.js';
import type { Logger } from '../ports/logger.js';
import type { ObserverOf } from '../ports/metrics.js';
import type { PackageChecker } from '../ports/package-checker.js';
import type { Sensors } from '../ports/sensors.js';
import type { Storage } from '../ports/storage.js';

/** A board that the configuration names. */
export interface AttachedBoard {
  readonly name: string;
  readonly board: Board;
  /** What it must be; null for anything. */
  readonly kind: DeviceKind | null;
}

export interface AgentComponents {
  readonly storage: Storage;
  readonly engine: InferenceEngine;
  readonly boards: readonly AttachedBoard[];
  /** Checks a package file's digest and signatures. @throws LlnError */
  readonly openPackage: (file: Uint8Array) => LiquidPackage;
  /** Checks packages of the device whose storage this is. */
  readonly checkerOf: (storage: Storage) => PackageChecker;
  readonly bus: Bus;
  readonly sensors: Sensors;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metricsOf: ObserverOf;
  readonly askSelf: AskSelf;
  readonly cpuClock: () => CpuClock | null;
}

export interface AgentInit {
  readonly gatewayId: GatewayId;
  readonly environment: Environment;
  readonly site: string;
  readonly fleet: string;
  readonly agentVersion: string;
  /** Changes with every boot of the machine; null where nobody knows. */
  readonly machineBootId: string | null;
  /** Made anew with each start of the agent: tells a start that the disk does not note from the next one. */
  readonly startId: string;
  /** For stores that are new. */
  readonly epoch: string;
}
