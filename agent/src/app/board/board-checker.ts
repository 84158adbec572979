import { type Digest, type LiquidPackage, LlnError } from '@liquid-lln/protocol';
import type { PackageChecker } from '../../ports/package-checker.js';
import type { Storage } from '../../ports/storage.js';
import { delay } from '../delay.js';
import type { BoardAligner } from './board-aligner.js';
import { type InstallComponents, installOnBoard } from './board-install.js';

export interface BoardCheckerComponents extends InstallComponents {
  readonly aligner: BoardAligner;
  /** The gateway's own check comes first: nothing is sent to a board that fails there. */
  readonly checker: PackageChecker;
  readonly storage: Storage;
  readonly openPackage: (file: Uint8Array) => LiquidPackage;
}

/** How long a board that is away is waited for before a package is refused. */
const awayMsMax = 60_000;
const lookMs = 500;

/** Tries a package on the gateway, then in the board's slot on standby. */
export class BoardChecker implements PackageChecker {
  readonly #components: BoardCheckerComponents;

  constructor(components: BoardCheckerComponents) {
    this.#components = components;
  }

  async check(path: string, digest: Digest, signal: AbortSignal): Promise<void> {
    const { aligner, checker, storage, openPackage } = this.#components;
    await checker.check(path, digest, signal);
    const file = await storage.read(path);
    if (file === null) throw new LlnError('STORAGE_FAILED', `${path} is not there any more`);
    const content = openPackage(file);
    await this.#waitForBoard(signal);
    await aligner.exclusively(() => installOnBoard(this.#components, content, signal));
  }

  async #waitForBoard(signal: AbortSignal): Promise<void> {
    const { line, clock } = this.#components;
    for (let waitedMs = 0; !line.isReachable; waitedMs += lookMs) {
      if (waitedMs >= awayMsMax) {
        throw new LlnError('BOARD_UNREACHABLE', `the board did not answer for ${awayMsMax / 1_000} s`);
      }
      await delay(clock, lookMs, signal);
    }
  }
}
