import { isDeepStrictEqual } from 'node:util';
import {
  count,
  type DeviceKind,
  decodeCbor,
  deviceKindSchema,
  encodeCbor,
  kernelAbi,
  LlnError,
  parseWith,
  positiveCount,
  text,
  toErrorReport,
} from '@liquid-lln/protocol';
import * as v from 'valibot';
import type { DeviceTraits } from '../../domain/reported.js';
import type { BoardInfo } from '../../ports/board.js';
import type { Logger } from '../../ports/logger.js';
import type { Storage } from '../../ports/storage.js';

const path = 'board.cbor';
const rememberedSchema = v.strictObject({
  id: text(64),
  kind: deviceKindSchema,
  kernelAbi: positiveCount,
  slotBytes: v.strictObject({ blue: count, green: count }),
});
type Remembered = v.InferOutput<typeof rememberedSchema>;

/** Which board it is: what the configuration expects, and what answered last, also before the agent's last start. */
export class BoardIdentity {
  readonly #storage: Storage;
  readonly #expected: DeviceKind | null;
  #remembered: Remembered | null;
  firmwareVersion = '';

  private constructor(storage: Storage, expected: DeviceKind | null, remembered: Remembered | null) {
    this.#storage = storage;
    this.#expected = expected;
    this.#remembered = remembered;
  }

  /** A damaged note is as good as none: the board itself will say. */
  static async open(storage: Storage, expected: DeviceKind | null, logger: Logger): Promise<BoardIdentity> {
    const data = await storage.read(path);
    try {
      const remembered = data === null ? null : parseWith(rememberedSchema, decodeCbor(data, path), path);
      return new BoardIdentity(storage, expected, remembered);
    } catch (error) {
      logger.warn('what was known of the board is damaged', { error: toErrorReport(error) });
      return new BoardIdentity(storage, expected, null);
    }
  }

  /** Null as long as neither the configuration nor a board has said. */
  get kind(): DeviceKind | null {
    return this.#expected ?? this.#remembered?.kind ?? null;
  }

  /** As for the fleet. A board that has never answered is taken to have the gateway's kernel until it says. */
  get traits(): DeviceTraits | null {
    const { kind } = this;
    if (kind === null) return null;
    const known = this.#remembered;
    return known === null ? { kind, kernelAbi } : { kind, kernelAbi: known.kernelAbi, slotBytes: known.slotBytes };
  }

  get id(): string {
    return this.#remembered?.id ?? '';
  }

  /**
   * Takes note of the board that answers.
   * @returns whether it is another one than before.
   * @throws LlnError CONFIG_INVALID if it is of another kind than the configuration expects; STORAGE_FULL, STORAGE_FAILED
   */
  async note({ id, kind, firmwareVersion, kernelAbi, slotBytes }: BoardInfo): Promise<boolean> {
    if (this.#expected !== null && kind !== this.#expected) {
      throw new LlnError('CONFIG_INVALID', `the board is a ${kind}, the configuration expects a ${this.#expected}`, {
        kind,
      });
    }
    this.firmwareVersion = firmwareVersion;
    const before = this.#remembered;
    const now: Remembered = { id, kind, kernelAbi, slotBytes };
    if (isDeepStrictEqual(before, now)) return false;
    await this.#storage.writeDurable(path, encodeCbor(now));
    this.#remembered = now;
    return before !== null && before.id !== id;
  }
}
