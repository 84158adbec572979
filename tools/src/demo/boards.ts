import type { LocalBoardKind } from '@liquid-lln/firmware-bridge';
import { LocalBoard } from '../fleet/local-board.js';
import type { LocalDevice, LocalFleetInit } from '../fleet/local-fleet.js';
import { ratePerSecond } from './short-policy.js';

export const boardChoices = ['posix', 'qemu', 'none'] as const;
export type BoardChoice = (typeof boardChoices)[number];

/** What the story has to know of its boards. */
export interface BoardProfile {
  readonly kind: LocalBoardKind;
  /** In words. */
  readonly what: string;
  readonly args: readonly string[];
  /** The rate at which each of them is asked. */
  readonly ratePerSecond: number;
  /** What the upload of the largest network and its trial may take. */
  readonly trialTimeoutMs: number;
}

/** Slots of the STM32H743 hold 768 KiB; the slow network needs the larger ones that both of these have. */
export const boardProfiles: Readonly<Record<BoardChoice, BoardProfile | null>> = {
  posix: {
    kind: 'posix',
    what: 'the boards are their firmware as Linux processes, each with a flash file and a socket as its line',
    args: ['--layout', 'large'],
    ratePerSecond,
    trialTimeoutMs: 60_000,
  },
  qemu: {
    kind: 'mps2-an500',
    what: "the boards are Cortex-M7 under QEMU, each with a flash file and a socket on its UART's end",
    args: [],
    ratePerSecond: 10,
    trialTimeoutMs: 400_000,
  },
  none: null,
};

/** The name of every gateway's board. */
const boardName = 'board';

export function isBoard({ deviceId, gatewayId }: LocalDevice): boolean {
  return deviceId !== gatewayId;
}

export interface BoardsInit {
  readonly profile: BoardProfile;
  readonly folder: string;
  readonly gateways: readonly string[];
  /** Is given each board as soon as it runs. */
  readonly onRunning: (board: LocalBoard) => void;
}

/**
 * Starts a board as delivered for every gateway.
 * @returns the boards as the fleet wants them
 * @throws Error that says what is missing for it on this machine
 */
export async function startBoards(init: BoardsInit): Promise<NonNullable<LocalFleetInit['boards']>> {
  const { kind, args } = init.profile;
  const fault = LocalBoard.faultOf(kind);
  if (fault !== null) throw new Error(fault);
  const boards: Record<string, { name: string; address: string }[]> = {};
  for (const gateway of init.gateways) {
    const board = await LocalBoard.start({ name: `${gateway}.${boardName}`, folder: init.folder, kind, args });
    init.onRunning(board);
    boards[gateway] = [{ name: boardName, address: board.address }];
  }
  return boards;
}
