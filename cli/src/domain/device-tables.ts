import type { BoardFigures, DeviceView, IsolationView, ReportedState, SlotName } from '@liquid-lln/protocol';
import { formatDuration } from './duration.js';
import type { Table } from './table.js';
import { absent, formatBytes, formatNumber, formatPackage, formatRatio, formatTime } from './units.js';

/** What `status` can show of devices. */
export const statusMetrics = ['overview', 'storage', 'memory', 'model', 'board'] as const;
export type StatusMetric = (typeof statusMetrics)[number];

const tables: Readonly<Record<StatusMetric, (devices: readonly DeviceView[]) => Table>> = {
  overview: overviewTable,
  storage: storageTable,
  memory: memoryTable,
  model: modelTable,
  board: boardTable,
};

/** The table of one view of devices. */
export function statusTable(metric: StatusMetric, devices: readonly DeviceView[]): Table {
  return tables[metric](devices);
}

function overviewTable(devices: readonly DeviceView[]): Table {
  return {
    head: ['DEVICE', 'KIND', 'ENV', 'SEEN', 'PACKAGE', 'SLOT', 'DOING', 'HEALTH'],
    rows: devices.map((device) => [
      device.deviceId,
      device.kind,
      device.environment,
      seenText(device),
      formatPackage(device.reported?.running ?? null),
      slotText(device.reported),
      activityText(device.reported),
      healthText(device),
    ]),
  };
}

/** When the coordinator last heard of a device. */
export function seenText({ online, silentMs }: DeviceView): string {
  if (silentMs === null) return 'never';
  return online ? 'online' : `offline, ${formatDuration(silentMs)}`;
}

function slotText(reported: ReportedState | null): string {
  const running = reported?.running ?? null;
  return running === null ? absent : `${running.slot}, ${running.state}`;
}

/** What a device does about its instruction, in words. */
function activityText(reported: ReportedState | null): string {
  if (reported === null) return absent;
  const { activity } = reported;
  switch (activity.kind) {
    case 'idle':
      return 'idle';
    case 'receiving':
      return `receives ${activity.chunksDone}/${activity.chunks}`;
    case 'verifying':
      return 'verifies';
    case 'waiting':
      return `waits for ${activity.waitingFor}`;
    case 'shadow':
      return `shadows: ${activity.waitingFor}`;
    case 'trial':
      return `tries: ${activity.waitingFor}`;
  }
}

function storageTable(devices: readonly DeviceView[]): Table {
  return {
    head: ['DEVICE', 'SLOT', 'STATE', 'PACKAGE', 'SIZE', 'STORE', 'DISK FREE'],
    rows: devices.flatMap(({ deviceId, reported }) => {
      if (reported === null) return [[deviceId, ...Array<string>(6).fill(absent)]];
      const { storeBytes, freeBytes, totalBytes } = reported.storage;
      const disk = [formatBytes(storeBytes), `${formatBytes(freeBytes)} of ${formatBytes(totalBytes)}`];
      return (['blue', 'green'] as const).map((slot, index) => [
        ...(index === 0 ? [deviceId] : ['']),
        ...slotCells(slot, reported),
        ...(index === 0 ? disk : ['', '']),
      ]);
    }),
  };
}

function slotCells(slot: SlotName, { slots, running }: ReportedState): string[] {
  const { state, package: content, bytes, failure } = slots[slot];
  const live = running?.slot === slot ? ', live' : '';
  const why = failure === null ? '' : `: ${failure}`;
  return [slot, `${state}${live}${why}`, formatPackage(content), formatBytes(bytes)];
}

function memoryTable(devices: readonly DeviceView[]): Table {
  return {
    head: ['DEVICE', 'TOTAL', 'USED', 'USED %', 'AGENT', 'ENGINE %', 'UPTIME'],
    rows: devices.map(({ deviceId, health }) => {
      if (health === null) return [deviceId, ...Array<string>(6).fill(absent)];
      const { memoryTotalBytes, memoryUsedBytes, agentRssBytes, uptimeSeconds } = health.system;
      return [
        deviceId,
        bytesOrAbsent(memoryTotalBytes),
        bytesOrAbsent(memoryUsedBytes),
        formatRatio(memoryUsedRatio(memoryTotalBytes, memoryUsedBytes)),
        formatBytes(agentRssBytes),
        formatRatio(health.window.memoryRatio),
        formatDuration(uptimeSeconds * 1000),
      ];
    }),
  };
}

/** The used share of a machine's memory; null where it does not say. */
export function memoryUsedRatio(totalBytes: number | null, usedBytes: number | null): number | null {
  return totalBytes === null || usedBytes === null || totalBytes === 0 ? null : usedBytes / totalBytes;
}

function bytesOrAbsent(bytes: number | null): string {
  return bytes === null ? absent : formatBytes(bytes);
}

function modelTable(devices: readonly DeviceView[]): Table {
  return {
    head: ['DEVICE', 'RUNNING', 'DIGEST', 'SLOT', 'SINCE', 'WANTED', 'LAST OUTCOME'],
    rows: devices.map(({ deviceId, reported, desired }) => {
      const running = reported?.running ?? null;
      const outcome = reported?.outcome ?? null;
      return [
        deviceId,
        formatPackage(running),
        running?.digest.slice(0, 12) ?? absent,
        slotText(reported),
        running === null ? absent : formatTime(running.sinceMs),
        formatPackage(desired),
        outcome === null ? absent : `${outcome.result} ${outcome.code}`.trim(),
      ];
    }),
  };
}

/** Boards alone: what each is, how it fares, and how worn its flash is. */
function boardTable(devices: readonly DeviceView[]): Table {
  return {
    head: ['DEVICE', 'FIRMWARE', 'BOOTS', 'RESET', 'REVERTS', 'STACK', 'LINK', 'ERASED', 'WORN'],
    rows: devices.flatMap(({ deviceId, kind, health }) => {
      if (kind === 'native') return [];
      if (health?.board === undefined) return [[deviceId, ...Array<string>(8).fill(absent)]];
      return [[deviceId, ...boardCells(health.board)]];
    }),
  };
}

function boardCells(board: BoardFigures): string[] {
  const erasedMost = Math.max(0, ...board.erasures);
  return [
    board.firmwareVersion,
    String(board.boots),
    board.resetCause,
    String(board.reverts),
    formatRatio(board.stackBytes === 0 ? null : board.stackBytesUsed / board.stackBytes),
    board.linkUs === null ? absent : formatNumber(board.linkUs / 1_000, 'ms'),
    String(erasedMost),
    formatRatio(board.erasuresMax === null ? null : erasedMost / board.erasuresMax),
  ];
}

/** Whether a device serves and is well. One that clients do not get to may be well all the same. */
export function isServingWell({ faults, isolation }: DeviceView): boolean {
  return faults.length === 0 && isolation?.isolated !== true;
}

function healthText({ faults, isolation }: DeviceView): string {
  const health = faults.length === 0 ? [] : ['NOT HEALTHY'];
  const words = isolation?.isolated === true ? [...health, 'isolated'] : health;
  return words.length === 0 ? 'healthy' : words.join(', ');
}

function whyText({ faults, isolation }: DeviceView): string {
  const whys = [...(isolation === undefined ? [] : [isolationText(isolation)]), ...faults];
  return whys.length === 0 ? absent : whys.join('; ');
}

function isolationText({ isolated, progress, told }: IsolationView): string {
  const open = progress === 'in-force' ? '' : ', not taken up yet';
  const why = told === null ? '' : ` by ${told.by} at ${formatTime(told.atMs)}: ${told.reason}`;
  return `${isolated ? 'isolated' : 'released'}${open}${why}`;
}

/** Each device with why it is or is not healthy. */
export function healthTable(devices: readonly DeviceView[]): Table {
  return {
    head: ['DEVICE', 'HEALTH', 'SEEN', 'PACKAGE', 'WHY'],
    rows: devices.map((device) => [
      device.deviceId,
      healthText(device),
      seenText(device),
      formatPackage(device.reported?.running ?? null),
      whyText(device),
    ]),
  };
}
