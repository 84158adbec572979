import type { Alert, AlertMatcher, AlertView, Silence } from '@liquid-lln/protocol';

/** Whether an alert is among those meant. A matcher that says nothing means all. */
export function isMatching(
  { rule, subject, environment }: AlertMatcher,
  alert: Pick<Alert, 'rule' | 'environment' | 'subject' | 'devices'>,
): boolean {
  if (rule !== null && rule !== alert.rule) return false;
  if (environment !== null && environment !== alert.environment) return false;
  if (subject === null) return true;
  return [alert.subject, ...alert.devices].some((name) => isLike(name, subject));
}

/** The silence that keeps an alert quiet at a moment; null if it is told. */
export function silenceOf(alert: Alert, silences: Iterable<Silence>, nowMs: number): Silence | null {
  for (const silence of silences) {
    if (nowMs < silence.untilMs && isMatching(silence.matcher, alert)) return silence;
  }
  return null;
}

export function viewAlert(alert: Alert, silences: Iterable<Silence>, nowMs: number): AlertView {
  return { ...alert, silencedBy: silenceOf(alert, silences, nowMs)?.silenceId ?? null };
}

/** `*` stands for any characters; piece by piece, so that no pattern takes long. */
function isLike(name: string, pattern: string): boolean {
  const pieces = pattern.split('*');
  const [first = '', ...rest] = pieces;
  if (rest.length === 0) return name === pattern;
  const last = rest.pop() ?? '';
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found === -1 || found + piece.length > name.length - last.length) return false;
    at = found + piece.length;
  }
  return true;
}
