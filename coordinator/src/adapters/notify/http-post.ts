import type { Delivery } from '../../domain/alerting/delivery.js';

/** How long the other side may take for all of its answer's head. */
const answerMsMax = 10_000;
/** Answers after which the same again would get the same answer. */
const final: ReadonlySet<number> = new Set([400, 405, 410, 413, 415, 422]);

/** Posts JSON once. What goes wrong is told by status and code alone: addresses may be secrets. */
export async function postJson(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  aborted: AbortSignal,
): Promise<Delivery> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'user-agent': 'liquid-lln', ...headers },
      redirect: 'manual',
      signal: AbortSignal.any([aborted, AbortSignal.timeout(answerMsMax)]),
    });
    await response.body?.cancel();
    if (response.ok) return { result: 'delivered' };
    const detail = `the receiver answers ${response.status}`;
    if (final.has(response.status)) return { result: 'refused', detail };
    return { result: 'failed', detail, retryAfterMs: retryAfterOf(response) };
  } catch (thrown) {
    return { result: 'failed', detail: reasonOf(thrown), retryAfterMs: null };
  }
}

/** Seconds, as receivers of programs write it; dates are left to our own back-off. */
function retryAfterOf(response: Response): number | null {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : null;
}

function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'the connection failed';
  if (thrown.name === 'TimeoutError') return `no answer within ${answerMsMax / 1_000} s`;
  if (thrown.name === 'AbortError') return 'the coordinator stops';
  const { cause } = thrown;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer';
  return `the connection failed: ${code}`;
}
