import type { Clock } from '@liquid-lln/protocol';
import {
  aheadMsOf,
  attemptMsOf,
  beginParts,
  forgetTimes,
  type PartPlan,
  type PlannedPart,
  planPart,
  type Rest,
  takePartAnswer,
  takePartLoss,
} from '../domain/part-plan.js';
import type { TimedAnswer } from './ask.js';
import type { Session } from './session.js';

/** A board that has said what it takes. */
export interface BoardLink {
  readonly session: Session;
  readonly clock: Clock;
  readonly messageBytesMax: number;
  readonly window: number;
}

/** What is learned of a line, and of the board's speed with one network, by all sequences that it is asked about. */
export class Pacer {
  readonly link: BoardLink;
  readonly #underWay = new Set<PlannedPart>();
  #plan: PartPlan;

  constructor(link: BoardLink) {
    this.link = link;
    this.#plan = beginParts(link.messageBytesMax);
  }

  /** Nothing is known of the board any more: its network is another one. */
  forget(): void {
    this.#plan = forgetTimes(this.#plan);
  }

  next(rest: Rest): PlannedPart {
    return planPart(this.#plan, rest);
  }

  /** Asks about a part, and learns from what becomes of it. */
  async ask<T>(part: PlannedPart, send: (attemptMs: number) => Promise<TimedAnswer<T>>): Promise<T> {
    const ahead = Array.from(this.#underWay, ({ expectedMs }) => expectedMs);
    this.#underWay.add(part);
    try {
      const { answer, answerMs, attempts } = await send(attemptMsOf(part, aheadMsOf(ahead, this.link.window)));
      this.#plan = takePartAnswer(this.#plan, part, answerMs, attempts);
      return answer;
    } finally {
      this.#underWay.delete(part);
    }
  }

  lose(part: PlannedPart): void {
    this.#plan = takePartLoss(this.#plan, part);
  }
}
