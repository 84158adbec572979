import { spawnSync } from 'node:child_process';
import { devNull } from 'node:os';

const timeoutMs = 30_000;

/** Why a test that needs `command` cannot run here, or false: for a test's `skip`. */
export function obstacleOf(command: string): string | false {
  if (spawnSync(command, ['--version'], { timeout: timeoutMs }).status === 0) return false;
  return `there is no ${command} on this machine (npm run setup installs it on Debian)`;
}

/** The same for tests under clang's sanitizers, whose libraries Debian has in a package of their own. */
export function sanitizerObstacle(): string | false {
  const args = ['-fsanitize=address,undefined', '-x', 'c', '-', '-o', devNull];
  const input = 'int main(void) { return 0; }\n';
  if (spawnSync('clang', args, { input, timeout: timeoutMs }).status === 0) return false;
  return obstacleOf('clang') || 'clang has no sanitizers on this machine (npm run setup installs them on Debian)';
}
