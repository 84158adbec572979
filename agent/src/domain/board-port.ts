import { type Finding, finding } from './doctor.js';

/** Somebody that a file lets in or not. */
export interface Account {
  readonly user: string;
  readonly uid: number;
  readonly gids: readonly number[];
}

export interface FileRights {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Whether an account may read and write a file, by its mode alone: access lists may allow more. */
export function mayReadAndWrite({ mode, uid, gid }: FileRights, account: Account): boolean {
  if (account.uid === 0) return true;
  const shift = account.uid === uid ? 6 : account.gids.includes(gid) ? 3 : 0;
  return ((mode >> shift) & 0o6) === 0o6;
}

/**
 * An account as passwd(5) and group(5) have it.
 * @param extraGroups names of groups that it is given beside its own
 * @returns null if there is no such user
 */
export function accountOf(
  user: string,
  extraGroups: readonly string[],
  files: { readonly passwd: string; readonly group: string },
): Account | null {
  const [, , uid, gid] = rowsOf(files.passwd).find(([name]) => name === user) ?? [];
  if (uid === undefined || gid === undefined) return null;
  const groups = rowsOf(files.group).filter(
    ([name = '', , , members = '']) => extraGroups.includes(name) || members.split(',').includes(user),
  );
  return { user, uid: Number(uid), gids: [gid, ...groups.map(([, , id]) => id)].map(Number) };
}

function rowsOf(text: string): string[][] {
  return text.split('\n').map((line) => line.split(':'));
}

/** What was found where the configuration says that a board is. */
export interface BoardPortFacts {
  readonly name: string;
  readonly path: string;
  readonly kind: 'serial' | 'unix';
  readonly found: 'nothing' | 'something else' | 'it';
  /** Who has to be let in. */
  readonly user: string;
  readonly isUsable: boolean;
  /** Another program that has it open; null if none is seen. */
  readonly holder: { readonly pid: number; readonly command: string } | null;
}

export function judgeBoardPort(facts: BoardPortFacts): Finding {
  const { fault, remedy } = faultOf(facts) ?? { fault: null, remedy: '' };
  return finding(`board ${facts.name}`, fault === null, `${facts.path}${fault === null ? '' : `: ${fault}`}`, remedy);
}

function faultOf({ path, kind, found, user, isUsable, holder }: BoardPortFacts) {
  const wanted = kind === 'serial' ? 'serial device' : 'unix socket';
  const key = kind === 'serial' ? 'boards[].port' : 'boards[].socket';
  if (found === 'nothing')
    return {
      fault: `there is no such ${wanted}`,
      remedy: `Plug the board in, or correct ${key}; names in /dev/serial/by-id stay the same in every order of plugging.`,
    };
  if (found === 'something else')
    return { fault: `this is no ${wanted}`, remedy: `Correct ${key}: it must name a ${wanted}.` };
  if (!isUsable)
    return {
      fault: `${user} may not read and write it`,
      remedy: `Give it to a group of ${user}: look at \`ls -lL ${path}\`, then \`usermod --append --groups GROUP ${user}\`.`,
    };
  if (holder !== null)
    return {
      fault: `process ${holder.pid} (${holder.command}) has it`,
      remedy: 'End that program; if it is a login console, `systemctl disable --now serial-getty@NAME.service`.',
    };
  return null;
}
