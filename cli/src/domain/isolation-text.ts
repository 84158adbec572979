import type { DeviceIsolation, IsolationProgress } from '@liquid-lln/protocol';
import type { Table } from './table.js';
import { absent, formatTime } from './units.js';

const progressTexts: Readonly<Record<IsolationProgress, string>> = {
  'in-force': 'in force',
  awaited: 'not taken up yet',
  offline: 'offline: it takes it up when it returns',
};

/** Whether a device does what was asked for, by its own word. */
export function isInForce({ isolation }: DeviceIsolation, isolated: boolean): boolean {
  return isolation.isolated === isolated && isolation.progress === 'in-force';
}

/** Whether waiting for a device makes sense: not after somebody else wanted the opposite, and of one away only briefly. */
export function isAwaited({ isolation }: DeviceIsolation, isolated: boolean, isPatient: boolean): boolean {
  if (isolation.isolated !== isolated) return false;
  return isolation.progress === 'awaited' || (isPatient && isolation.progress === 'offline');
}

/** What became of it, by device. */
export function isolationTable(devices: readonly DeviceIsolation[]): Table {
  return {
    head: ['DEVICE', 'WANTED', 'STATE', 'SINCE', 'BY', 'REASON'],
    rows: devices.map(({ deviceId, isolation: { isolated, progress, told } }) => [
      deviceId,
      isolated ? 'isolated' : 'released',
      progressTexts[progress],
      told === null ? absent : formatTime(told.atMs),
      told?.by ?? absent,
      told?.reason ?? absent,
    ]),
  };
}

/** What changed from one look to the next, a line a device; all, where there was none before. */
export function isolationChanges(
  before: readonly DeviceIsolation[] | null,
  after: readonly DeviceIsolation[],
): string[] {
  const known = new Map(before?.map((device) => [device.deviceId, stateText(device)]));
  return after
    .filter((device) => known.get(device.deviceId) !== stateText(device))
    .map((device) => `  ${device.deviceId}: ${stateText(device)}`);
}

function stateText({ isolation: { isolated, progress } }: DeviceIsolation): string {
  return `${isolated ? 'isolated' : 'released'}, ${progressTexts[progress]}`;
}
