import { createHash } from 'node:crypto';
import { type Clock, type GoldenVector, LlnError, otherSlot, type Random, type SlotName } from '@liquid-lln/protocol';
import * as v from 'valibot';
import type { Board, UploadOptions } from '../board.js';
import { checkAdmission, type Requirements } from '../domain/admission.js';
import { patienceLong } from '../domain/attempts.js';
import type {
  BoardAnswer,
  BoardDifference,
  BoardHealth,
  BoardImage,
  BoardInference,
  BoardInfo,
  BoardProfile,
} from '../domain/board-values.js';
import { commands } from '../domain/commands.js';
import { healthSchema, logSchema, profileSchema, toHealth, toLogLines, toProfile } from '../domain/health.js';
import {
  findImage,
  imagesSchema,
  infoSchema,
  parametersSchema,
  slotNumberOf,
  toImages,
  toInfo,
} from '../domain/info.js';
import type { Transport } from '../ports/transport.js';
import { ask } from './ask.js';
import { Inferences } from './infer.js';
import type { BoardLink } from './pacer.js';
import { restartBoard } from './restart.js';
import { Session } from './session.js';
import { Upload } from './upload.js';
import { verifyVectors } from './verify.js';

export interface BoardClientComponents {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  /** What a network image needs; throws if it is not one. */
  measure(image: Uint8Array): Requirements;
}

/** What the board takes, and what was learned of it since it said so. */
interface Acquaintance {
  readonly link: BoardLink;
  readonly inferences: Map<SlotName | null, Inferences>;
}

const secondsMax = 7 * 24 * 3_600;

/** A board at the end of a line, by the commands of docs/spec/board.md. */
export class BoardClient implements Board {
  readonly #components: BoardClientComponents;
  readonly #session: Session;
  #acquaintance: Promise<Acquaintance> | null = null;

  constructor(components: BoardClientComponents) {
    this.#components = components;
    this.#session = new Session(components);
  }

  get isConnected(): boolean {
    return this.#session.isConnected;
  }

  async info(): Promise<BoardInfo> {
    return toInfo(await ask(this.#session, commands.info, {}, infoSchema));
  }

  async images(): Promise<readonly BoardImage[]> {
    return toImages(await ask(this.#session, commands.images, {}, imagesSchema));
  }

  async upload(image: Uint8Array, options: UploadOptions): Promise<SlotName> {
    const needs = this.#components.measure(image);
    const hash = createHash('sha256').update(image).digest('hex');
    const info = await this.info();
    const present = (await this.images()).find((one) => one.hash === hash);
    if (present?.isBootable) return present.slot;
    const slot = info.live === null ? 'blue' : otherSlot(info.live);
    checkAdmission(needs, info, slot);
    // What was taken back stays there, and an upload of the same would find it complete.
    if (present !== undefined) await this.erase(present.slot);
    await this.#send(image, options);
    const arrived = findImage(await this.images(), hash);
    if (arrived.isBootable) return arrived.slot;
    throw new LlnError('BOARD_DIFFERS', 'the board has the image and cannot run it', { hash, slot: arrived.slot });
  }

  async verify(slot: SlotName, vectors: readonly GoldenVector[], signal: AbortSignal): Promise<BoardDifference | null> {
    const { link } = await this.#meet();
    return verifyVectors(link, slot, vectors, signal);
  }

  async startTrial(hash: string, trialSeconds: number): Promise<void> {
    if (!Number.isInteger(trialSeconds) || trialSeconds < 1 || trialSeconds > secondsMax) {
      throw new LlnError('INPUT_INVALID', `a trial of ${trialSeconds} s is not between 1 s and ${secondsMax} s`);
    }
    const image = findImage(await this.images(), hash);
    if (!image.isActive) await this.#switchTo(hash, false);
    await ask(this.#session, commands.trial, { s: trialSeconds }, v.object({ s: v.number() }));
  }

  async confirm(): Promise<void> {
    await this.#setImage({ confirm: true });
  }

  async makeLive(hash: string): Promise<void> {
    const image = findImage(await this.images(), hash);
    if (image.isActive && image.isConfirmed) return;
    if (image.isActive) await this.#setImage({ hash: Buffer.from(hash, 'hex'), confirm: true });
    else await this.#switchTo(hash, true);
  }

  async erase(slot: SlotName): Promise<void> {
    const options = { patience: patienceLong };
    await ask(this.#session, commands.erase, { slot: slotNumberOf(slot) }, v.unknown(), options);
  }

  async infer(request: BoardInference): Promise<BoardAnswer> {
    const { link, inferences } = await this.#meet();
    const ofSlot = inferences.get(request.slot) ?? new Inferences(link);
    inferences.set(request.slot, ofSlot);
    return ofSlot.run(request);
  }

  async health(): Promise<BoardHealth> {
    return toHealth(await ask(this.#session, commands.health, {}, healthSchema));
  }

  async profile(slot: SlotName | null, runs: number): Promise<BoardProfile> {
    const payload = { n: runs, ...(slot === null ? {} : { slot: slotNumberOf(slot) }) };
    return toProfile(await ask(this.#session, commands.profile, payload, profileSchema, { patience: patienceLong }));
  }

  async log(from: number) {
    const answer = await ask(this.#session, commands.log, { from }, logSchema);
    return { lines: toLogLines(answer), next: answer.next, lost: answer.lost };
  }

  async reset(): Promise<void> {
    this.#acquaintance = null;
    await restartBoard(this.#session, this.#components.clock);
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  async #send(image: Uint8Array, options: UploadOptions): Promise<void> {
    this.#acquaintance = null;
    const { messageBytesMax, window: windowMax } = (await this.#meet()).link;
    const window = Math.max(1, Math.min(options.window ?? windowMax, windowMax));
    await new Upload({ session: this.#session, image, messageBytesMax, window, options }).run();
  }

  /** @throws LlnError BOARD_DIFFERS if another image is live after the restart. */
  async #switchTo(hash: string, confirm: boolean): Promise<void> {
    await this.#setImage({ hash: Buffer.from(hash, 'hex'), confirm });
    await this.reset();
    if (findImage(await this.images(), hash).isActive) return;
    throw new LlnError('BOARD_DIFFERS', `the board restarted without making ${hash.slice(0, 12)} live`, { hash });
  }

  async #setImage(payload: { readonly hash?: Uint8Array; readonly confirm: boolean }): Promise<void> {
    await ask(this.#session, commands.setImage, payload, imagesSchema);
  }

  /** Once, and anew for each upload and after a restart: another board, or network, may be at the end of the line then. */
  #meet(): Promise<Acquaintance> {
    if (this.#acquaintance !== null) return this.#acquaintance;
    const acquaintance = this.#askParameters();
    this.#acquaintance = acquaintance;
    acquaintance.catch(() => {
      if (this.#acquaintance === acquaintance) this.#acquaintance = null;
    });
    return acquaintance;
  }

  async #askParameters(): Promise<Acquaintance> {
    const answer = await ask(this.#session, commands.parameters, {}, parametersSchema);
    const window = Math.max(1, answer.buf_count);
    this.#session.setWindow(window);
    const { clock } = this.#components;
    const link = { session: this.#session, clock, messageBytesMax: answer.buf_size, window };
    return { link, inferences: new Map() };
  }
}
