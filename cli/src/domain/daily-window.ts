import { type DailyWindow, dailyWindowSchema, LlnError, satisfies } from '@liquid-lln/protocol';

/** A span of every day as people type it: `22:00-05:00`. */
export function parseDailyWindow(text: string): DailyWindow {
  const match = /^(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$/.exec(text.trim());
  const [startHour = 0, startMinutes = 0, endHour = 0, endMinutes = 0] = (match ?? []).slice(1).map(Number);
  const window = { startMinute: startHour * 60 + startMinutes, endMinute: endHour * 60 + endMinutes };
  const isTime = match !== null && startMinutes < 60 && endMinutes < 60;
  if (isTime && satisfies(dailyWindowSchema, window)) return window;
  throw new LlnError('USAGE', `"${text}" is no span of a day: write 22:00-05:00`);
}
