export type { Board, BoardHealth, BoardImage, BoardInfo, BoardLogLine } from '@liquid-lln/firmware-bridge';
