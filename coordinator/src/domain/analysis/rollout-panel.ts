import type { DeviceId, Digest } from '@liquid-lln/protocol';
import { packageOf, type Rollout } from '../rollout.js';
import type { Cell, DeviceSeries, Panel } from './cell.js';
import { rowAt, type TelemetryFrame, type TelemetryRow } from './telemetry.js';

/** What was recorded of a rollout's devices, as its analysis needs it. */
export interface RolloutPanel extends Panel {
  /** Inferences that went well with the new package. */
  readonly cleanInferences: number;
}

interface SeenCell {
  readonly digest: Digest | null;
  readonly cell: Cell;
  readonly clean: number;
}

/** Latencies of a slot below which their mean says nothing. */
const latenciesMin = 10;

/**
 * Devices that have the new package by the wave that is out, and those that do not have it yet. The first slot of a
 * device with the new package is left out: a package is warmed up in it. Its past is what it did with the package before.
 * @param frames in the order of time
 */
export function panelOfRollout(rollout: Rollout, frames: Iterable<TelemetryFrame>): RolloutPanel {
  const digest = packageOf(rollout)?.digest;
  const seen = gatherCells(rollout, frames);
  const entered = rollout.members.filter(({ waveIndex }) => waveIndex <= rollout.waveIndex);
  const taken = new Set(entered.map(({ deviceId }) => deviceId));
  const canaries = entered.flatMap(({ deviceId, before }) => {
    // A device that had the package before is neither.
    if (before?.digest === digest) return [];
    return { deviceId, before: before?.digest ?? null, cells: seen.get(deviceId) ?? [] };
  });
  const begunMs = Math.min(...canaries.flatMap(({ cells }) => startsWith(cells, digest) ?? []));
  const others = rollout.candidates.filter(({ deviceId }) => !taken.has(deviceId));
  return {
    canaries: canaries.map((canary) => canarySeries(canary, digest)),
    controls: others.map(({ deviceId }) => controlSeries(deviceId, seen.get(deviceId) ?? [], digest, begunMs)),
    cleanInferences: canaries
      .flatMap(({ cells }) => cells.filter((each) => each.digest === digest))
      .reduce((sum, { clean }) => sum + clean, 0),
  };
}

function gatherCells(rollout: Rollout, frames: Iterable<TelemetryFrame>): ReadonlyMap<DeviceId, SeenCell[]> {
  const seen = new Map<DeviceId, SeenCell[]>(rollout.candidates.map(({ deviceId }) => [deviceId, []]));
  for (const { deviceId } of rollout.members) if (!seen.has(deviceId)) seen.set(deviceId, []);
  for (const frame of frames) {
    for (const [place, deviceId] of frame.deviceIds.entries()) {
      const cells = seen.get(deviceId);
      const row = cells === undefined ? null : rowAt(frame, place);
      if (row !== null) cells?.push({ digest: row.digest, cell: cellOf(frame, row), clean: row.figures.clean });
    }
  }
  return seen;
}

function cellOf({ startMs, seconds }: TelemetryFrame, { figures }: TelemetryRow): Cell {
  const { bandC, tries, errors, latencies, latencyLog, energyLog, temperatureC, memoryRatio } = figures;
  const known = latencies >= latenciesMin ? latencyLog : null;
  return { startMs, seconds, bandC, tries, errors, latencyLog: known, energyLog, temperatureC, memoryRatio };
}

function startsWith(cells: readonly SeenCell[], digest: Digest | undefined): number | null {
  return cells.find((each) => each.digest === digest)?.cell.startMs ?? null;
}

interface Canary {
  readonly deviceId: DeviceId;
  readonly before: Digest | null;
  readonly cells: readonly SeenCell[];
}

function canarySeries({ deviceId, before, cells }: Canary, digest: Digest | undefined): DeviceSeries {
  const begunMs = startsWith(cells, digest) ?? Infinity;
  const of = (wanted: Digest | null | undefined, isIn: (startMs: number) => boolean) =>
    cells.filter((each) => each.digest === wanted && isIn(each.cell.startMs)).map(({ cell }) => cell);
  return {
    deviceId,
    past: before === null ? [] : of(before, (startMs) => startMs < begunMs),
    present: of(digest, (startMs) => startMs > begunMs),
  };
}

/** What it runs now is what it is compared by; what it ran earlier is another package's past. */
function controlSeries(
  deviceId: DeviceId,
  cells: readonly SeenCell[],
  digest: Digest | undefined,
  begunMs: number,
): DeviceSeries {
  const runs = cells.at(-1)?.digest ?? null;
  const own = runs === null || runs === digest ? [] : cells.filter((each) => each.digest === runs);
  const of = (isIn: (startMs: number) => boolean) => own.map(({ cell }) => cell).filter(({ startMs }) => isIn(startMs));
  return { deviceId, past: of((startMs) => startMs < begunMs), present: of((startMs) => startMs >= begunMs) };
}
