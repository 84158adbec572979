import { type Clock, type DeviceId, type HealthMessage, isLlnError, type Timer } from '@liquid-lln/protocol';
import { describeAnalysis } from '../domain/analysis/analysis-gate.js';
import { keepAnalysis } from '../domain/analysis/keep-analysis.js';
import {
  addRow,
  frameOf,
  isFresh,
  keepUp,
  mergeFrames,
  rowOf,
  slotSeconds,
  type TelemetryFrame,
  type TelemetryRow,
} from '../domain/analysis/telemetry.js';
import type { Rollout } from '../domain/rollout.js';
import type { FleetChange } from '../ports/fleet-store.js';
import type { Logger } from '../ports/logger.js';
import type { Decision, FleetLedger } from './fleet-ledger.js';
import type { FleetState } from './fleet-state.js';
import { coordinatorActor } from './reconcile.js';

export interface TelemetryRecorderComponents {
  readonly ledger: FleetLedger;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A verdict may have changed. */
  readonly onNews: () => void;
}

/** How often it is looked whether a slot is over. */
const lookMs = 5_000;

/**
 * Keeps what devices publish about their health: all of a slot in memory, and then as one row of the store, whatever the
 * number of devices. With every slot the analyses of rollouts go on. What was not written is lost with the coordinator:
 * a minute at most, and the next windows say it again.
 */
export class TelemetryRecorder {
  readonly #components: TelemetryRecorderComponents;
  readonly #takenMs = new Map<DeviceId, number>();
  /** Of the windows that came before a restart nobody knows: only those count that began after it. */
  readonly #sinceMs: number | null;
  #rows = new Map<string, TelemetryRow>();
  #startMs: number;
  #timer: Timer | null = null;

  constructor(components: TelemetryRecorderComponents) {
    this.#components = components;
    const nowMs = components.clock.wallMs();
    this.#startMs = slotAt(nowMs);
    this.#sinceMs = components.ledger.state.telemetry.size > 0 ? nowMs : null;
  }

  start(): void {
    this.#timer = this.#components.clock.every(lookMs, () => this.#closeSlot());
  }

  /** Writes what there is of the slot, so that a restart loses nothing. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#write(this.#cut());
  }

  take(health: HealthMessage): void {
    const nowMs = this.#components.clock.wallMs();
    if (!isFresh(this.#takenMs.get(health.deviceId) ?? this.#sinceMs, health, nowMs)) return;
    this.#closeSlot();
    this.#takenMs.set(health.deviceId, nowMs);
    // The record's own string, and not one of this message's, is kept for hours.
    const known = this.#components.ledger.state.devices.get(health.deviceId);
    const { digest, window } = health;
    addRow(this.#rows, rowOf({ deviceId: known?.deviceId ?? health.deviceId, digest, window }));
  }

  /** Everything that is kept, in the order of time, with what there is of the slot that is not over. */
  frames(): readonly TelemetryFrame[] {
    const open = this.#rows.size === 0 ? [] : [frameOf(this.#startMs, slotSeconds, [...this.#rows.values()])];
    const { telemetry } = this.#components.ledger.state;
    const begun = telemetry.get(this.#startMs);
    const last = begun === undefined ? open : [mergeFrames(this.#startMs, begun.seconds, [begun, ...open])];
    return inOrder([...[...telemetry.values()].filter((frame) => frame !== begun), ...last]);
  }

  #closeSlot(): void {
    if (slotAt(this.#components.clock.wallMs()) !== this.#startMs) void this.#write(this.#cut());
  }

  #cut(): TelemetryFrame | null {
    const rows = [...this.#rows.values()];
    const frame = rows.length === 0 ? null : frameOf(this.#startMs, slotSeconds, rows);
    this.#rows = new Map();
    this.#startMs = slotAt(this.#components.clock.wallMs());
    return frame;
  }

  async #write(frame: TelemetryFrame | null): Promise<void> {
    if (frame === null) return;
    const { ledger, clock, logger, onNews } = this.#components;
    try {
      await ledger.change((state) => recordFrame(state, frame, clock.wallMs()));
      onNews();
    } catch (thrown) {
      if (!isLlnError(thrown, 'STORE_FULL')) logger.warn({ err: thrown }, 'telemetry could not be recorded');
    }
  }
}

function slotAt(wallMs: number): number {
  return wallMs - (wallMs % (slotSeconds * 1_000));
}

function inOrder(frames: readonly TelemetryFrame[]): TelemetryFrame[] {
  return [...frames].sort((a, b) => a.startMs - b.startMs);
}

/** The frame, what becomes of older ones, and what the rollouts learn from it: one transaction. */
function recordFrame(state: FleetState, frame: TelemetryFrame, nowMs: number): Decision<null> {
  const begun = state.telemetry.get(frame.startMs);
  const whole = begun === undefined ? frame : mergeFrames(frame.startMs, begun.seconds, [begun, frame]);
  const known = new Map(state.telemetry).set(frame.startMs, whole);
  const { merged, dropped } = keepUp(known.values(), nowMs);
  const changes: FleetChange[] = [
    { kind: 'put-telemetry', frame: whole },
    ...merged.map((each) => ({ kind: 'put-telemetry' as const, frame: each })),
    ...dropped.map((startMs) => ({ kind: 'drop-telemetry' as const, startMs })),
  ];
  for (const each of merged) known.set(each.startMs, each);
  for (const startMs of dropped) known.delete(startMs);
  const frames = inOrder([...known.values()]);
  for (const rollout of state.rollouts.values()) {
    const after = keepAnalysis(rollout, frames);
    if (after === null) continue;
    changes.push({ kind: 'put-rollout', rollout: after }, ...auditAnalysis(rollout, after, nowMs));
  }
  return { changes, result: null };
}

/** A verdict that is another one than before. */
function auditAnalysis(before: Rollout, { rolloutId, analysis }: Rollout, atMs: number): FleetChange[] {
  if (analysis === undefined || analysis.findings.length === 0) return [];
  const isSame = before.analysis?.waveIndex === analysis.waveIndex && before.analysis.verdict === analysis.verdict;
  if (isSame && before.analysis?.looks !== 0) return [];
  const detail = `wave ${analysis.waveIndex + 1}: ${analysis.verdict}: ${describeAnalysis(analysis)}`.slice(0, 4_000);
  const entry = { atMs, actor: coordinatorActor, action: 'wave-analysed', subject: rolloutId, reason: null, detail };
  return [{ kind: 'add-audit', entry }];
}
