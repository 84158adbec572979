import { type Random, seededRandom } from '@liquid-lln/protocol';

/** What a seed decides about a run. Every draw comes from one generator, so that a seed gives the same run again. */
export class Dice {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** For components that want a source of their own. */
  readonly draw: Random = () => this.#random();

  isHit(probability: number): boolean {
    return this.#random() < probability;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.#random();
  }

  /** From 0 to `count - 1`. */
  index(count: number): number {
    return Math.floor(this.#random() * count);
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.index(choices.length)];
    if (choice === undefined) throw new Error('there is nothing to pick from');
    return choice;
  }
}

/** How hostile the surroundings of a run are. */
export interface Weather {
  /** Whether the broker lives and dies with the coordinator, or is a server of its own that remembers. */
  readonly isBrokerEmbedded: boolean;
  readonly delayMsMax: number;
  /** Of messages: QoS 1 ones take their connection with them. */
  readonly lossRatio: number;
  readonly duplicateRatio: number;
  /** Mean times between faults; infinite where a run has none of them. */
  readonly meanSeconds: {
    readonly agentKill: number;
    readonly agentPowerCut: number;
    readonly coordinatorKill: number;
    readonly brokerRestart: number;
    readonly linkCut: number;
    readonly fullDisk: number;
    readonly clockJump: number;
    readonly lostStore: number;
    readonly operator: number;
  };
}

const never = Number.POSITIVE_INFINITY;

/** Some runs are calm in some respects: a fault is seen best where others do not hide it. */
export function drawWeather(dice: Dice): Weather {
  const often = (low: number, high: number, share = 0.6) => (dice.isHit(share) ? dice.between(low, high) : never);
  const isBrokerEmbedded = dice.isHit(0.6);
  return {
    isBrokerEmbedded,
    delayMsMax: dice.pick([5, 50, 400, 3_000]),
    lossRatio: dice.pick([0, 0, 0.01, 0.05]),
    duplicateRatio: dice.pick([0, 0.02, 0.2]),
    meanSeconds: {
      agentKill: often(30, 120),
      agentPowerCut: often(30, 120),
      coordinatorKill: often(15, 120),
      brokerRestart: isBrokerEmbedded ? never : often(40, 120),
      linkCut: often(15, 60),
      fullDisk: often(60, 200, 0.4),
      clockJump: often(30, 100, 0.4),
      lostStore: often(200, 600, 0.2),
      operator: dice.between(4, 30),
    },
  };
}

/** Everything has been mended: what is left has to come to rest by itself. */
export function calm(weather: Weather): Weather {
  const meanSeconds = Object.fromEntries(Object.keys(weather.meanSeconds).map((name) => [name, never]));
  return {
    ...weather,
    delayMsMax: 5,
    lossRatio: 0,
    duplicateRatio: 0,
    meanSeconds: meanSeconds as unknown as Weather['meanSeconds'],
  };
}
