import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Digest, type ErrorCode, errorRegistry, LlnError, parseWith } from '@liquid-lln/protocol';
import type { PackageChecker } from '../../ports/package-checker.js';
import type { Storage } from '../../ports/storage.js';
import { type CheckReply, type CheckRequest, checkReplySchema } from './check-protocol.js';

export const checkDefaults = {
  /** A check that takes longer has failed. */
  timeoutMs: 30_000,
  /** Resident memory of the process, Node.js itself included. */
  memoryBytesMax: 512 * 1024 * 1024,
  memoryPollMs: 50,
} as const;

export interface CheckProcessInit {
  readonly trustedKeyPems: readonly string[];
  readonly timeoutMs?: number;
  readonly memoryBytesMax?: number;
  /** The program to run instead; it must speak the check protocol. */
  readonly program?: string;
}

/** Checks packages in a process of their own, with a time limit and a memory limit. */
export class CheckProcess implements PackageChecker {
  readonly #storage: Pick<Storage, 'absolutePath'>;
  readonly #init: CheckProcessInit;

  constructor(components: { readonly storage: Pick<Storage, 'absolutePath'> }, init: CheckProcessInit) {
    this.#storage = components.storage;
    this.#init = init;
  }

  async check(path: string, digest: Digest, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const program = this.#init.program ?? fileURLToPath(new URL('./check-main.js', import.meta.url));
    const child = fork(program, [], { env: {}, execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    try {
      const trustedKeyPems = [...this.#init.trustedKeyPems];
      const request = { path: this.#storage.absolutePath(path), digest, trustedKeyPems };
      const { error } = parseReply(await this.#converse(child, request, signal));
      if (error !== null) throw new LlnError(knownCode(error.code), error.message, error.context);
    } finally {
      child.kill('SIGKILL');
    }
  }

  #converse(child: ChildProcess, request: CheckRequest, signal: AbortSignal): Promise<unknown> {
    const { timeoutMs = checkDefaults.timeoutMs, memoryBytesMax = checkDefaults.memoryBytesMax } = this.#init;
    return new Promise((resolve, reject) => {
      const fail = (reason: string) => finish(() => reject(new LlnError('GOLDEN_VECTORS_FAILED', reason)));
      const onAbort = () => finish(() => reject(signal.reason));
      const timer = setTimeout(() => fail(`the check did not end within ${timeoutMs} ms`), timeoutMs);
      const poll = setInterval(() => {
        void residentBytes(child.pid).then((bytes) => {
          if (bytes > memoryBytesMax) fail(`the check used more than ${memoryBytesMax} bytes of memory`);
        });
      }, checkDefaults.memoryPollMs);
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        clearInterval(poll);
        signal.removeEventListener('abort', onAbort);
        settle();
      };
      signal.addEventListener('abort', onAbort, { once: true });
      child.once('error', (error) => fail(`the check could not run: ${error.message}`));
      // Its end may be heard of before its answer is read: only an end with nothing left to read is a crash.
      const unread = new Promise((drained) => child.once('disconnect', drained));
      child.once('exit', (code, killedBy) => {
        void unread.then(() => fail(`the check crashed (${killedBy ?? `exit status ${code}`})`));
      });
      child.once('message', (message) => finish(() => resolve(message)));
      child.send(request, (error) => error !== null && fail(`the check could not be asked: ${error.message}`));
    });
  }
}

function parseReply(message: unknown): CheckReply {
  return parseWith(checkReplySchema, message, 'check reply', 'INTERNAL');
}

function knownCode(code: string): ErrorCode {
  return code in errorRegistry ? (code as ErrorCode) : 'INTERNAL';
}

const pageBytes = 4_096;

/** From /proc; 0 where there is none: then only the time limit holds. */
async function residentBytes(pid: number | undefined): Promise<number> {
  const statm = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '');
  return Number(statm.split(' ')[1] ?? 0) * pageBytes;
}
