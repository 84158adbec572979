import { type Baseline, BaselineLearner } from '@liquid-lln/agent/testing';
import { type Random, thermalBandOf } from '@liquid-lln/protocol';
import { logUniform, pick, uniform } from './draws.js';
import { drawLatencyModel, drawLatencyUs, drawStall, type LatencyModel, meanLatencyUs } from './latency-model.js';

/** What is wrong with a package. */
export type Fault =
  | { readonly kind: 'none' }
  /** A share of clients' answers are errors; of probes' too, or not. */
  | { readonly kind: 'errors'; readonly share: number; readonly hitsProbes: boolean }
  /** The mean latency in thresholds. */
  | { readonly kind: 'latency'; readonly times: number }
  /** The mean energy in budgets. */
  | { readonly kind: 'energy'; readonly times: number }
  | { readonly kind: 'crash'; readonly afterSeconds: number }
  /** The same answer whatever is asked. */
  | { readonly kind: 'stuck' }
  /** A share of answers hold NaN, or of latencies are NaN. */
  | { readonly kind: 'nan'; readonly share: number; readonly where: 'outputs' | 'latency' };

export type FaultKind = Exclude<Fault['kind'], 'none'>;

/** One device, its machine, its clients and its package, as drawn from a seed. */
export interface Scenario {
  readonly requestsPerSecond: number;
  readonly isSession: boolean;
  readonly latency: LatencyModel;
  /** What a package without a budget is compared with. */
  readonly baseline: Baseline | null;
  readonly latencyBudgetMs: number | null;
  /** Share of clients' requests that fail in a healthy package. */
  readonly errorShare: number;
  readonly energy: { readonly budgetMw: number; readonly meanMw: number; readonly noise: number } | null;
  readonly temperatureC: number;
  /** By how much a hot machine is slower: its clock is lower. */
  readonly heatFactor: number;
  readonly fault: Fault;
}

/** Samples that the package before was measured at. */
const baselineSamples = 2_000;
const heat = { coolC: 50, hotC: 80, factor: 1.3 };

export function drawScenario(random: Random, fault: Fault): Scenario {
  const latency = drawLatencyModel(random);
  const isHot = random() < 0.3;
  const heatFactor = isHot ? heat.factor : 1;
  const hasBudget = random() < 0.5;
  const budgetUs = meanLatencyUs(latency) * heatFactor * uniform(random, 1.05, 2);
  return {
    requestsPerSecond: logUniform(random, 0.1, 100),
    isSession: random() < 0.5,
    latency,
    baseline: hasBudget ? null : learnBaseline(random, latency),
    latencyBudgetMs: hasBudget ? budgetUs / 1_000 : null,
    errorShare: random() < 0.5 ? 0 : uniform(random, 0, 0.008),
    energy: fault.kind === 'energy' || random() < 0.5 ? drawEnergy(random) : null,
    temperatureC: isHot ? heat.hotC : heat.coolC,
    heatFactor,
    fault,
  };
}

function drawEnergy(random: Random): Scenario['energy'] {
  const budgetMw = logUniform(random, 500, 20_000);
  return { budgetMw, meanMw: budgetMw * uniform(random, 0.6, 0.98), noise: uniform(random, 0.02, 0.1) };
}

/** The package before, seen by the agent's own learner while the machine was cool and while it was hot. */
function learnBaseline(random: Random, latency: LatencyModel): Baseline | null {
  const learner = new BaselineLearner();
  for (let sample = 0; sample < baselineSamples; sample += 1) {
    const isHot = sample % 2 === 1;
    const factor = drawStall(random, latency) * (isHot ? heat.factor : 1);
    learner.add(drawLatencyUs(random, latency) * factor, thermalBandOf(isHot ? heat.hotC : heat.coolC));
  }
  return learner.learned(1);
}

/** Severities above the trigger, from just above to hopeless. */
const severities = {
  errors: [0.12, 0.15, 0.2, 0.35, 0.5, 1],
  latency: [1.6, 1.8, 2, 3, 5],
  energy: [1.3, 1.4, 1.6, 2],
  nan: [0.15, 0.6, 1],
} as const;

export const faultKinds: readonly FaultKind[] = ['errors', 'latency', 'energy', 'crash', 'stuck', 'nan'];

export function drawFault(random: Random, kind: FaultKind): Fault {
  switch (kind) {
    case 'errors':
      return { kind, share: pick(random, severities.errors), hitsProbes: random() < 0.5 };
    case 'latency':
      return { kind, times: pick(random, severities.latency) };
    case 'energy':
      return { kind, times: pick(random, severities.energy) };
    case 'crash':
      return { kind, afterSeconds: Math.floor(uniform(random, 0, 59)) };
    case 'stuck':
      return { kind };
    case 'nan':
      return { kind, share: pick(random, severities.nan), where: pick(random, ['outputs', 'latency']) };
    default:
      return kind satisfies never;
  }
}
