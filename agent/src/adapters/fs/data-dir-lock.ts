import { mkdir, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { LlnError } from '@liquid-lln/protocol';

/**
 * Takes a data folder for this process until it ends, however it ends: an abstract socket named after the folder, which
 * the kernel gives to one process at a time and takes back by itself. Two agents on one folder would each revert the
 * other's trial.
 * @throws LlnError CONFIG_INVALID if another agent has it, STORAGE_FAILED if there is no such folder to be had
 */
export async function lockDataDir(dataDir: string): Promise<void> {
  const { dev, ino } = await openFolder(dataDir);
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new LlnError('CONFIG_INVALID', `another agent works on ${dataDir}`, { dataDir }, cause));
    });
    server.listen({ path: `\0liquid-lln-agent-${dev}-${ino}` }, resolve);
  });
  server.unref();
}

async function openFolder(dataDir: string) {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    return await stat(dataDir);
  } catch (cause) {
    throw new LlnError('STORAGE_FAILED', `cannot use ${dataDir}: ${String(cause)}`, { dataDir }, cause);
  }
}
