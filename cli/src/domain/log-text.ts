import type { LogLine } from '@liquid-lln/protocol';
import { formatTime } from './units.js';

/** A log line of a device: `2026-01-31 08:15:00Z gw-1 info  ready`. */
export function logText(deviceId: string, { atMs, level, message }: LogLine): string {
  return `${formatTime(atMs)} ${deviceId} ${level.padEnd(5)} ${withoutControls(message)}`;
}

/** What a device logs must not drive the reader's terminal. */
function withoutControls(message: string): string {
  return message.replace(/\p{Cc}/gu, ' ').trimEnd();
}
