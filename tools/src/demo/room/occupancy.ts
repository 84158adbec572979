import type { Random } from '@liquid-lln/protocol';
import { gaussian } from './gaussian.js';

/** Half-open spans of minutes of a day in which one person is in the room. */
export type Presence = readonly { readonly fromMinute: number; readonly toMinute: number }[];

export const minutesPerDay = 24 * 60;
const peopleMax = 3;

/**
 * Who is in the room on one day: on a working day one to three people who come about nine, go to lunch about noon,
 * take a short break now and then, and leave about half past five; nobody at the weekend.
 */
export function planDay(dayOfWeek: number, random: Random): Presence[] {
  if (dayOfWeek >= 5) return [];
  const people = 1 + Math.floor(random() * peopleMax);
  return Array.from({ length: people }, () => planPerson(random));
}

function planPerson(random: Random): Presence {
  const about = (hour: number, spreadMinutes: number) => Math.round(hour * 60 + spreadMinutes * gaussian(random));
  const marks = [about(8.9, 20), about(10.5, 15), about(12.1, 10), about(15, 20), about(17.5, 25)];
  const [arrival = 0, morningBreak = 0, lunch = 0, afternoonBreak = 0, departure = 0] = marks.sort((a, b) => a - b);
  const pause = (minutes: number) => Math.round(minutes * (0.6 + 0.8 * random()));
  return [
    { fromMinute: arrival, toMinute: morningBreak },
    { fromMinute: morningBreak + pause(12), toMinute: lunch },
    { fromMinute: lunch + pause(45), toMinute: afternoonBreak },
    { fromMinute: afternoonBreak + pause(12), toMinute: departure },
  ];
}

/** How many people are in the room at a minute of the day. */
export function occupantsAt(plan: readonly Presence[], minute: number): number {
  const isThere = (presence: Presence) =>
    presence.some(({ fromMinute, toMinute }) => fromMinute <= minute && minute < toMinute);
  return plan.filter(isThere).length;
}
