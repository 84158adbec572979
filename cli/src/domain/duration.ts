import { LlnError } from '@liquid-lln/protocol';

const secondsPerUnit = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 } as const;
/** Longer than any soak or watch that makes sense; and below what a timer can hold. */
const secondsMax = 24 * 86_400;

/** Seconds of a duration as people type it: `300` (seconds), `500ms`, `60s`, `15m`, `1.5h`, `1d`. */
export function parseDurationSeconds(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text.trim());
  if (match === null) throw new LlnError('USAGE', `"${text}" is not a duration: write 300, 60s, 15m or 1h`);
  const unit = (match[2] ?? 's') as keyof typeof secondsPerUnit;
  const seconds = Number(match[1]) * secondsPerUnit[unit];
  if (seconds > secondsMax) throw new LlnError('USAGE', `"${text}" is longer than ${secondsMax / 86_400} days`);
  return seconds;
}

/** As `parseDurationSeconds`, for durations of which zero makes no sense. */
export function parsePositiveDurationSeconds(text: string): number {
  const seconds = parseDurationSeconds(text);
  if (seconds <= 0) throw new LlnError('USAGE', `"${text}" is too short: it must be longer than 0`);
  return seconds;
}

/** A span of time in its two largest units: `850 ms`, `42 s`, `3 m 20 s`, `2 h 5 m`, `4 d 1 h`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return twoUnits(seconds, 60, 'm', 1, 's');
  if (seconds < 86_400) return twoUnits(seconds, 3600, 'h', 60, 'm');
  return twoUnits(seconds, 86_400, 'd', 3600, 'h');
}

function twoUnits(seconds: number, large: number, largeName: string, small: number, smallName: string): string {
  const whole = Math.floor(seconds / large);
  const rest = Math.floor((seconds % large) / small);
  return rest === 0 ? `${whole} ${largeName}` : `${whole} ${largeName} ${rest} ${smallName}`;
}
