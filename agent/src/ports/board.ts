export type { Board, BoardHealth, BoardImage, BoardInfo } from '@liquid-lln/firmware-bridge';
