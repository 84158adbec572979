import { LlnError } from '@liquid-lln/protocol';

/** Does work on the disk of the coordinator; its failures become errors that name a remedy. */
export async function storing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof LlnError) throw thrown;
    if (hasCode(thrown, 'ENOSPC')) throw new LlnError('STORE_FULL', 'the disk of the coordinator is full', {}, thrown);
    throw new LlnError('STORAGE_FAILED', `the disk of the coordinator failed: ${String(thrown)}`, {}, thrown);
  }
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
