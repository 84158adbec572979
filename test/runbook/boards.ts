import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodePackage } from '@liquid-lln/protocol';
import { LocalBoard } from '@liquid-lln/tools';

/** What an emulated board lacks on this machine, in words; null if it can run. */
export const emulationFault = LocalBoard.faultOf('mps2-an500');

/**
 * What each gateway's board says that it is. The emulated one is the code of a Cortex-M7; all others are the firmware as a
 * Linux process. It is in simulation, where no client waits for an answer: a busy machine only makes it slower.
 */
export const boardKinds = {
  'sim-1': emulationFault === null ? 'mps2-an500' : 'posix',
  'stage-1': 'stm32h743',
  'prod-1': 'stm32h743',
  'prod-2': 'stm32h743',
} as const;
type Gateway = keyof typeof boardKinds;

/** Starts the board of each gateway, as it was delivered. */
export async function startBoards(folder: string): Promise<Record<Gateway, LocalBoard>> {
  const gateways = Object.keys(boardKinds) as Gateway[];
  const started = gateways.map(async (gateway) => [gateway, await startBoard(gateway, folder)] as const);
  return Object.fromEntries(await Promise.all(started)) as Record<Gateway, LocalBoard>;
}

/** Starts it anew with the flash that it has. @param baud bits a second that its line carries from now on */
export async function slowDown(board: LocalBoard, gateway: Gateway, folder: string, baud: number): Promise<LocalBoard> {
  await board.stop();
  return startBoard(gateway, folder, ['--baud', `${baud}`]);
}

function startBoard(gateway: Gateway, folder: string, args: readonly string[] = []): Promise<LocalBoard> {
  const place = { name: nameOf(gateway), folder };
  const says = boardKinds[gateway];
  return says === 'mps2-an500'
    ? LocalBoard.start({ ...place, kind: says })
    : LocalBoard.start({ ...place, kind: 'posix', args: ['--kind', says, ...args] });
}

/** How often a board that is a Linux process has written to its line, by Linux' own account. */
export function writesOf({ pid }: LocalBoard): number {
  return Number(/^syscw: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
}

/** Whether the network of a package lies in the flash of a gateway's board: read from the file that the flash is. */
export function isInFlash(folder: string, gateway: string, packageFile: string): boolean {
  const { image } = decodePackage(readFileSync(packageFile));
  return readFileSync(join(folder, `${nameOf(gateway)}.flash`)).includes(Buffer.from(image));
}

function nameOf(gateway: string): string {
  return `${gateway}.board`;
}
