import type { DestinationStream } from 'pino';

/** What pino tells a destination that asks for it. */
interface JournalStream extends DestinationStream {
  lastLevel: number;
}

/** Of syslog(3): the journal takes them from the head of a line (sd-daemon(3)). */
const priorities = [
  { levelMin: 50, priority: 3 },
  { levelMin: 40, priority: 4 },
  { levelMin: 30, priority: 6 },
] as const;
const debugPriority = 7;

/** Lines with their level at the head, so that `journalctl -p warning` finds them. */
export function journalStream(write: (line: string) => void): DestinationStream {
  const stream: JournalStream = {
    lastLevel: 0,
    write: (line) => write(`<${priorityOf(stream.lastLevel)}>${line}`),
  };
  return Object.assign(stream, { [Symbol.for('pino.metadata')]: true });
}

function priorityOf(level: number): number {
  return priorities.find(({ levelMin }) => level >= levelMin)?.priority ?? debugPriority;
}
