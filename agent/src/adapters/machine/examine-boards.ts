import {
  accessSync,
  constants,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import {
  type Account,
  accountOf,
  type BoardPortFacts,
  judgeBoardPort,
  mayReadAndWrite,
} from '../../domain/board-port.js';
import type { Finding } from '../../domain/doctor.js';
import { serviceGroups, serviceUser } from '../../domain/service-files.js';

type BoardToExamine = Pick<BoardPortFacts, 'name'> & { readonly line: Pick<BoardPortFacts, 'kind' | 'path'> };

/**
 * Whether the service can talk to the boards of its configuration. Nothing is opened: that alone would reset some boards.
 * @param configPath of the agent; one that runs with it has the ports, rightly.
 */
export function examineBoards(boards: readonly BoardToExamine[], configPath: string): Finding[] {
  const account = serviceAccount();
  return boards.map(({ name, line }) => judgeBoardPort({ name, ...line, ...examineLine(line, account, configPath) }));
}

function examineLine({ kind, path }: BoardToExamine['line'], account: Account | null, configPath: string) {
  const user = account?.user ?? 'this user';
  const nothing = { user, isUsable: false, holder: null };
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) return { ...nothing, found: 'nothing' } as const;
  const isIt = kind === 'serial' ? status.isCharacterDevice() : status.isSocket();
  if (!isIt) return { ...nothing, found: 'something else' } as const;
  const holder = kind === 'serial' ? findHolder(realpathSync(path), configPath) : null;
  return { user, found: 'it', isUsable: mayUse(path, status, account), holder } as const;
}

/** Who the service runs as, if whoever asks is root and can only be asked about others; null: whoever asks. */
function serviceAccount(): Account | null {
  if (process.geteuid?.() !== 0) return null;
  const [passwd, group] = [readFileSync('/etc/passwd', 'utf8'), readFileSync('/etc/group', 'utf8')];
  return accountOf(serviceUser, serviceGroups, { passwd, group });
}

function mayUse(path: string, rights: Stats, account: Account | null): boolean {
  if (account !== null) return mayReadAndWrite(rights, account);
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false; // what is asked is just this
  }
}

/** The first process, of those that we may look into, that has a device open and is not the agent itself. */
function findHolder(device: string, configPath: string): BoardPortFacts['holder'] {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const folder = join('/proc', pid);
    if (Number(pid) === process.pid || !hasOpen(folder, device)) continue;
    const words = attempt(() => readFileSync(join(folder, 'cmdline'), 'utf8'))?.split('\0') ?? [];
    if (isAgentOf(configPath, folder, words)) continue;
    return { pid: Number(pid), command: basename(words[0] ?? '') };
  }
  return null;
}

function hasOpen(folder: string, device: string): boolean {
  const descriptors = attempt(() => readdirSync(join(folder, 'fd'))) ?? [];
  return descriptors.some((name) => attempt(() => readlinkSync(join(folder, 'fd', name))) === device);
}

function isAgentOf(configPath: string, folder: string, words: readonly string[]): boolean {
  const given = words[words.indexOf('--config') + 1];
  const cwd = attempt(() => readlinkSync(join(folder, 'cwd')));
  if (!words.includes('--config') || given === undefined || cwd === null) return false;
  return resolve(cwd, given) === resolve(configPath);
}

/** Null for what is not there any more, or not for us to see. */
function attempt<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}
