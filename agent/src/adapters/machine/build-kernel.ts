import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { LlnError } from '@liquid-lln/protocol';

const timeoutMs = 300_000;

/**
 * Compiles the kernel beside its source, unless it is there. A package manager that runs no scripts leaves that to us.
 * @throws LlnError KERNEL_UNAVAILABLE
 */
export function buildKernel(say: (line: string) => void): void {
  const entry = createRequire(import.meta.url).resolve('@liquid-lln/firmware-bridge');
  const script = join(dirname(entry), '../build-kernel.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8', timeout: timeoutMs });
  if (status !== 0) throw new LlnError('KERNEL_UNAVAILABLE', `the kernel was not built: ${stderr.trim()}`);
  say(stdout.trim());
}
