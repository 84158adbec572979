import { createHash } from 'node:crypto';
import { type LiquidPackage, LlnError, readImageHeader } from '@liquid-lln/protocol';
import type { InferenceEngine, LoadedModel, ModelState } from '../../ports/inference-engine.js';
import type { BoardLine } from './board-line.js';

/** The name by which a board knows what a package holds. */
export function imageHashOf({ image }: Pick<LiquidPackage, 'image'>): string {
  return createHash('sha256').update(image).digest('hex');
}

export interface BoardEngineComponents {
  readonly line: BoardLine;
  /** Checks digest and signatures. @throws LlnError */
  readonly openPackage: (file: Uint8Array) => LiquidPackage;
}

/** A board as an engine. What it opens needs the board only when it runs. */
export class BoardEngine implements InferenceEngine {
  readonly #components: BoardEngineComponents;

  constructor(components: BoardEngineComponents) {
    this.#components = components;
  }

  load(file: Uint8Array): LoadedModel {
    const content = this.#components.openPackage(file);
    readImageHeader(content.image);
    return new BoardModel(content, this.#components.line);
  }
}

/** The state stays on the gateway, so that a board's restart loses no session. */
class BoardState implements ModelState {
  values: Float32Array | null = null;

  reset(): void {
    this.values = null;
  }
}

class BoardModel implements LoadedModel {
  readonly package: LiquidPackage;
  readonly #hash: string;
  readonly #line: BoardLine;

  constructor(content: LiquidPackage, line: BoardLine) {
    this.package = content;
    this.#hash = imageHashOf(content);
    this.#line = line;
  }

  createState(): ModelState {
    return new BoardState();
  }

  async run(state: ModelState, inputs: Float32Array, timeSteps: Float32Array, outputs: Float32Array): Promise<number> {
    if (!(state instanceof BoardState)) throw new LlnError('INTERNAL', 'the state is not of this model');
    const answer = await this.#line.infer({ hash: this.#hash, inputs, timeSteps, state: state.values });
    if (answer.outputs.length !== outputs.length) {
      const sizes = { wanted: outputs.length, got: answer.outputs.length };
      throw new LlnError('BOARD_DIFFERS', `the board gave ${sizes.got} numbers instead of ${sizes.wanted}`, sizes);
    }
    outputs.set(answer.outputs);
    state.values = answer.state;
    return answer.kernelUs;
  }

  close(): void {
    // The board keeps the image in its slot until the record gives the place to another one.
  }
}
