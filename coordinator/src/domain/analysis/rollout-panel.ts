import type { DeviceId, Digest } from '@liquid-lln/protocol';
import { type Member, packageOf, type Rollout } from '../rollout.js';
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
}

/** Devices of either group that are compared: more of them cost time, and say nothing more. */
export const comparedMax = 400;

/** As many as that, evenly from the whole list: members are listed by kind and site. */
function thinOut<T>(list: readonly T[]): readonly T[] {
  const step = Math.max(1, list.length / comparedMax);
  return list.filter((_, place) => Math.floor(place / step) !== Math.floor((place - 1) / step));
}

/** Latencies of a slot below which their mean says nothing. */
const latenciesMin = 10;

/**
 * Devices that have the new package by the wave that is out, and those that do not have it yet. The first slot of a
 * device with the new package is left out: a package is warmed up in it. Its past is what it did with the package before.
 * @param frames in the order of time
 */
export function panelOfRollout(rollout: Rollout, frames: readonly TelemetryFrame[]): RolloutPanel {
  const digest = packageOf(rollout)?.digest;
  const entered = rollout.members.filter(({ waveIndex }) => waveIndex <= rollout.waveIndex);
  const taken = new Set(entered.map(({ deviceId }) => deviceId));
  // A device that had the package before is neither.
  const changed = entered.filter(({ before }) => before?.digest !== digest);
  const compared = thinOut(changed);
  const others = thinOut(rollout.candidates.filter(({ deviceId }) => !taken.has(deviceId)));
  const seen = gatherCells([...compared, ...others], frames);
  const cellsOf = (deviceId: DeviceId) => seen.get(deviceId) ?? [];
  const begunMs = Math.min(...compared.flatMap(({ deviceId }) => startsWith(cellsOf(deviceId), digest) ?? []));
  return {
    canaries: compared.map((member) => canarySeries(member, cellsOf(member.deviceId), digest)),
    controls: others.map(({ deviceId }) => controlSeries(deviceId, cellsOf(deviceId), digest, begunMs)),
    cleanInferences: countClean(new Set(changed.map(({ deviceId }) => deviceId)), digest, frames),
  };
}

function countClean(
  devices: ReadonlySet<DeviceId>,
  digest: Digest | undefined,
  frames: readonly TelemetryFrame[],
): number {
  let clean = 0;
  for (const frame of frames) {
    frame.digests.forEach((each, place) => {
      const row = each === digest ? rowAt(frame, place) : null;
      if (row !== null && devices.has(row.deviceId)) clean += row.figures.clean;
    });
  }
  return clean;
}

function gatherCells(
  devices: readonly { readonly deviceId: DeviceId }[],
  frames: readonly TelemetryFrame[],
): ReadonlyMap<DeviceId, SeenCell[]> {
  const seen = new Map<DeviceId, SeenCell[]>(devices.map(({ deviceId }) => [deviceId, []]));
  for (const frame of frames) {
    for (const [place, deviceId] of frame.deviceIds.entries()) {
      const cells = seen.get(deviceId);
      const row = cells === undefined ? null : rowAt(frame, place);
      if (row !== null) cells?.push({ digest: row.digest, cell: cellOf(frame, row) });
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

function canarySeries(
  { deviceId, before }: Member,
  cells: readonly SeenCell[],
  digest: Digest | undefined,
): DeviceSeries {
  const begunMs = startsWith(cells, digest) ?? Infinity;
  const of = (wanted: Digest | null | undefined, isIn: (startMs: number) => boolean) =>
    cells.filter((each) => each.digest === wanted && isIn(each.cell.startMs)).map(({ cell }) => cell);
  return {
    deviceId,
    past: before === null ? [] : of(before.digest, (startMs) => startMs < begunMs),
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
