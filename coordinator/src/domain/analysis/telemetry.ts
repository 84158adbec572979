import { type DeviceId, type Digest, type HealthMessage, meanOfLogs, type WindowFigures } from '@liquid-lln/protocol';

/** What one device did in one slot of time, with one package and in one thermal band. */
export interface TelemetryRow {
  readonly deviceId: DeviceId;
  /** Null while no package served. */
  readonly digest: Digest | null;
  readonly figures: TelemetryFigures;
}

export interface TelemetryFigures {
  /** The lower end of the thermal band; null without a sensor. */
  readonly bandC: number | null;
  /** Of windows that went in. */
  readonly seconds: number;
  /** Inferences that went well, probes included. */
  readonly clean: number;
  /** Inferences of clients, or of probes where there were no clients. */
  readonly tries: number;
  readonly errors: number;
  readonly latencies: number;
  /** Means of logarithms: of microseconds, of milliwatts. */
  readonly latencyLog: number | null;
  readonly energies: number;
  readonly energyLog: number | null;
  readonly temperatureC: number | null;
  readonly memoryRatio: number | null;
}

/** In the order in which a frame keeps them. */
export const figureNames = [
  'bandC',
  'seconds',
  'clean',
  'tries',
  'errors',
  'latencies',
  'latencyLog',
  'energies',
  'energyLog',
  'temperatureC',
  'memoryRatio',
] as const satisfies readonly (keyof TelemetryFigures)[];

/** What all devices did in one slot. In columns, because there are many: `figures` has `figureNames` for each row. */
export interface TelemetryFrame {
  readonly startMs: number;
  readonly seconds: number;
  readonly deviceIds: readonly DeviceId[];
  readonly digests: readonly (Digest | null)[];
  /** NaN for what is not known. */
  readonly figures: Float32Array;
}

/** Slots by the minute are kept for an hour, and then made into longer ones. */
export const slotSeconds = 60;
export const recentSeconds = 3_600;
export const longSlotSeconds = 600;
export const keptSeconds = 6 * 3_600;
/** Rows of a slot: more devices than that a coordinator does not look after. */
export const rowsMax = 100_000;

/** Part of a window's inferences that may be probes if its latencies are to be compared. */
const probesShareMax = 0.1;

/** A window as a row; what is no figure in it stays unknown. */
export function rowOf({
  deviceId,
  digest,
  window,
}: Pick<HealthMessage, 'deviceId' | 'digest' | 'window'>): TelemetryRow {
  const { inferences, errors, probes, probeErrors } = window;
  const clients = { tries: inferences - probes, errors: errors - probeErrors };
  // Probes are other requests than those of clients: where a trial asks itself, its latencies are not those from before.
  const isOfClients = probes <= probesShareMax * inferences;
  const latencyLog = isOfClients ? meanOfLogs(window.latencyUs) : null;
  const figures: TelemetryFigures = {
    bandC: window.thermalBandC,
    seconds: window.seconds,
    clean: Math.max(0, inferences - errors),
    ...(clients.tries > 0 ? clients : { tries: probes, errors: probeErrors }),
    latencies: latencyLog === null ? 0 : window.latencyUs.count,
    latencyLog,
    ...energyOf(window),
    temperatureC: window.temperatureC?.value ?? null,
    memoryRatio: window.memoryRatio,
  };
  return { deviceId, digest, figures };
}

function energyOf({ energyMw, energyBatches }: WindowFigures): Pick<TelemetryFigures, 'energies' | 'energyLog'> {
  const batches = meanOfLogs(energyBatches);
  if (batches !== null) return { energies: energyBatches.count, energyLog: batches };
  return energyMw !== null && energyMw.value > 0
    ? { energies: 1, energyLog: Math.log(energyMw.value) }
    : { energies: 0, energyLog: null };
}

/** Slack for messages that are on their way for different times. */
const overlapSeconds = 1;

/**
 * Whether a window shows something that the windows taken before did not: devices send a sliding window with every
 * heartbeat, and what two of them share must not count twice. All by the coordinator's clock.
 * @param takenMs when the last window that was taken came; null for none
 */
export function isFresh(takenMs: number | null, { window }: HealthMessage, nowMs: number): boolean {
  if (window.seconds <= 0) return false;
  // A clock that was put back must not silence a device.
  if (takenMs === null || takenMs > nowMs) return true;
  return nowMs - window.seconds * 1_000 >= takenMs - overlapSeconds * 1_000;
}

/** What may share a row. */
export function rowKey({ deviceId, digest, figures }: TelemetryRow): string {
  return `${deviceId} ${digest ?? ''} ${figures.bandC ?? ''}`;
}

/** Two rows of one key as one. */
export function mergeRows(a: TelemetryRow, b: TelemetryRow): TelemetryRow {
  const [x, y] = [a.figures, b.figures];
  const figures: TelemetryFigures = {
    bandC: x.bandC,
    seconds: x.seconds + y.seconds,
    clean: x.clean + y.clean,
    tries: x.tries + y.tries,
    errors: x.errors + y.errors,
    latencies: x.latencies + y.latencies,
    latencyLog: weigh(x.latencyLog, x.latencies, y.latencyLog, y.latencies),
    energies: x.energies + y.energies,
    energyLog: weigh(x.energyLog, x.energies, y.energyLog, y.energies),
    temperatureC: weigh(x.temperatureC, x.seconds, y.temperatureC, y.seconds),
    memoryRatio: weigh(x.memoryRatio, x.seconds, y.memoryRatio, y.seconds),
  };
  return { ...a, figures };
}

function weigh(a: number | null, ofA: number, b: number | null, ofB: number): number | null {
  if (a === null || b === null) return a ?? b;
  return ofA + ofB === 0 ? a : (a * ofA + b * ofB) / (ofA + ofB);
}

export function frameOf(startMs: number, seconds: number, rows: readonly TelemetryRow[]): TelemetryFrame {
  const figures = new Float32Array(rows.length * figureNames.length);
  rows.forEach((row, place) => {
    figureNames.forEach((name, column) => {
      figures[place * figureNames.length + column] = row.figures[name] ?? Number.NaN;
    });
  });
  const deviceIds = rows.map(({ deviceId }) => deviceId);
  return { startMs, seconds, deviceIds, digests: shareDigests(rows), figures };
}

/** Each message brings a string of its own; those of thousands of rows are a handful, and are kept for hours. */
function shareDigests(rows: readonly TelemetryRow[]): (Digest | null)[] {
  const known = new Map<Digest, Digest>();
  return rows.map(({ digest }) => {
    if (digest === null) return null;
    const shared = known.get(digest) ?? digest;
    known.set(shared, shared);
    return shared;
  });
}

/** The row at a place of a frame. */
export function rowAt({ deviceIds, digests, figures }: TelemetryFrame, place: number): TelemetryRow | null {
  const [deviceId, digest] = [deviceIds[place], digests[place]];
  if (deviceId === undefined || digest === undefined) return null;
  const first = place * figureNames.length;
  const known = (column: number) => {
    const value = figures[first + column];
    return value === undefined || Number.isNaN(value) ? null : value;
  };
  const counted = (column: number) => known(column) ?? 0;
  return {
    deviceId,
    digest,
    figures: {
      bandC: known(0),
      seconds: counted(1),
      clean: counted(2),
      tries: counted(3),
      errors: counted(4),
      latencies: counted(5),
      latencyLog: known(6),
      energies: counted(7),
      energyLog: known(8),
      temperatureC: known(9),
      memoryRatio: known(10),
    },
  };
}

/** What becomes of frames with age. */
export interface TelemetryUpkeep {
  /** Longer slots, each in the place of the first one that went into it. */
  readonly merged: readonly TelemetryFrame[];
  /** Starts of the slots that go. */
  readonly dropped: readonly number[];
}

/** Slots by the minute become longer ones after an hour; after six hours all of it goes. */
export function keepUp(frames: Iterable<TelemetryFrame>, nowMs: number): TelemetryUpkeep {
  const dropped: number[] = [];
  const due = new Map<number, TelemetryFrame[]>();
  for (const frame of frames) {
    const endMs = frame.startMs + frame.seconds * 1_000;
    // What lies in the future is of a clock that was put back.
    if (endMs <= nowMs - keptSeconds * 1_000 || frame.startMs > nowMs) dropped.push(frame.startMs);
    else if (frame.seconds < longSlotSeconds) gather(due, frame);
  }
  const merged = [...due]
    .filter(([longStartMs]) => longStartMs + longSlotSeconds * 1_000 <= nowMs - recentSeconds * 1_000)
    .map(([longStartMs, parts]) => {
      dropped.push(...parts.map(({ startMs }) => startMs).filter((startMs) => startMs !== longStartMs));
      return mergeFrames(longStartMs, longSlotSeconds, parts);
    });
  return { merged, dropped };
}

function gather(due: Map<number, TelemetryFrame[]>, frame: TelemetryFrame): void {
  const longStartMs = frame.startMs - (frame.startMs % (longSlotSeconds * 1_000));
  const parts = due.get(longStartMs) ?? [];
  parts.push(frame);
  due.set(longStartMs, parts);
}

/** Frames of the same time, or of the times of a longer slot, as one. */
export function mergeFrames(startMs: number, seconds: number, parts: readonly TelemetryFrame[]): TelemetryFrame {
  const rows = new Map<string, TelemetryRow>();
  for (const frame of parts) {
    for (let place = 0; place < frame.deviceIds.length; place += 1) {
      const row = rowAt(frame, place);
      if (row !== null) addRow(rows, row);
    }
  }
  return frameOf(startMs, seconds, [...rows.values()]);
}

/** Adds a row to those of its slot; a slot that is full takes no new ones. */
export function addRow(rows: Map<string, TelemetryRow>, row: TelemetryRow): void {
  const key = rowKey(row);
  const known = rows.get(key);
  if (known !== undefined) rows.set(key, mergeRows(known, row));
  else if (rows.size < rowsMax) rows.set(key, row);
}
