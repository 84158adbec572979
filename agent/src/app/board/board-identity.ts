import {
  type DeviceKind,
  decodeCbor,
  deviceKindSchema,
  encodeCbor,
  LlnError,
  parseWith,
  text,
  toErrorReport,
} from '@liquid-lln/protocol';
import * as v from 'valibot';
import type { BoardInfo } from '../../ports/board.js';
import type { Logger } from '../../ports/logger.js';
import type { Storage } from '../../ports/storage.js';

const path = 'board.cbor';
const rememberedSchema = v.strictObject({ id: text(64), kind: deviceKindSchema });
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

  get id(): string {
    return this.#remembered?.id ?? '';
  }

  /**
   * Takes note of the board that answers.
   * @returns whether it is another one than before.
   * @throws LlnError CONFIG_INVALID if it is of another kind than the configuration expects; STORAGE_FULL, STORAGE_FAILED
   */
  async note({ id, kind, firmwareVersion }: BoardInfo): Promise<boolean> {
    if (this.#expected !== null && kind !== this.#expected) {
      throw new LlnError('CONFIG_INVALID', `the board is a ${kind}, the configuration expects a ${this.#expected}`, {
        kind,
      });
    }
    this.firmwareVersion = firmwareVersion;
    const before = this.#remembered;
    if (before?.id === id && before.kind === kind) return false;
    await this.#storage.writeDurable(path, encodeCbor({ id, kind }));
    this.#remembered = { id, kind };
    return before !== null && before.id !== id;
  }
}
