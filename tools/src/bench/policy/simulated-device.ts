import {
  HealthMonitor,
  type InferenceSample,
  type PackageDecision,
  probesDue,
  soundEngine,
  thresholdsFor,
  unknownSystem,
} from '@liquid-lln/agent/testing';
import {
  type Digest,
  defaultPolicy,
  digestSchema,
  type OutputProfile,
  parseWith,
  type Random,
  thermalBandOf,
} from '@liquid-lln/protocol';
import { ManualClock } from '@liquid-lln/protocol/testing';
import { normal, poisson, uniform } from './draws.js';
import { drawLatencyUs, drawStall, meanLatencyUs } from './latency-model.js';
import { OutputModel, outputRange, outputSizes } from './output-model.js';
import type { Scenario } from './scenario.js';

const digest: Digest = parseWith(digestSchema, 'a'.repeat(64), 'digest');
/** How much of a second's deviation of the power the next one keeps. */
const energyMemory = 0.7;
/** One reading in a hundred is none. */
const badReadingShare = 0.01;
/** Something else on the machine draws half as much again for some seconds, every two minutes. */
const burst = { perSecond: 1 / 120, secondsMin: 5, secondsMax: 15, factor: 1.5 };

/** A device in virtual time: drawn load and sensors, and the agent's own monitor and policy. */
export class SimulatedDevice {
  readonly #scenario: Scenario;
  readonly #random: Random;
  readonly #clock = new ManualClock();
  readonly #outputs: OutputModel;
  readonly #stuckOutputs: Float32Array;
  readonly #nanOutputs = new Float32Array(outputSizes.outputSize).fill(Number.NaN);
  readonly #monitor: HealthMonitor;
  readonly #latencyFactor: number;
  #energyDeviation = 0;
  #burstSeconds = 0;
  #seconds = 0;

  constructor(scenario: Scenario, profile: OutputProfile, random: Random) {
    this.#scenario = scenario;
    this.#random = random;
    this.#outputs = new OutputModel(random);
    this.#outputs.step(random);
    this.#stuckOutputs = this.#outputs.outputs.slice();
    const sensors = { read: () => this.#readSensors() };
    this.#monitor = new HealthMonitor({ clock: this.#clock, sensors, activation: { condition: soundEngine } });
    const budgets = budgetsOf(scenario);
    const manifest = { budgets, network: outputSizes, outputs: { range: outputRange }, outputProfile: profile };
    const { baseline } = scenario;
    this.#monitor.watch({ digest, slot: 'green', manifest, policy: defaultPolicy, baseline, isOnTrial: true });
    this.#latencyFactor = latencyFactorOf(scenario);
  }

  /** A second passes; what the policy says at its end. */
  pass(): PackageDecision {
    const stall = drawStall(this.#random, this.#scenario.latency);
    const progress = this.#monitor.trialProgress;
    const probes = progress === null ? 0 : probesDue(progress, defaultPolicy);
    for (let due = poisson(this.#random, this.#scenario.requestsPerSecond); due > 0; due -= 1)
      this.#infer(stall, false);
    for (let due = probes; due > 0; due -= 1) this.#infer(stall, true);
    this.#clock.advance(1_000);
    this.#seconds += 1;
    this.#monitor.sample();
    return this.#decide();
  }

  confirm(): void {
    this.#monitor.endTrial();
  }

  #decide(): PackageDecision {
    const { fault } = this.#scenario;
    if (fault.kind === 'crash' && this.#seconds > fault.afterSeconds) this.#monitor.onCrash();
    const decision = this.#monitor.decide();
    if (decision === null) throw new Error('nothing is watched');
    return decision;
  }

  #infer(stall: number, isProbe: boolean): void {
    const { latency, heatFactor, fault, isSession } = this.#scenario;
    const random = this.#random;
    this.#outputs.step(random);
    const isNan = fault.kind === 'nan' && random() < fault.share;
    const latencyUs = drawLatencyUs(random, latency) * stall * heatFactor * this.#latencyFactor;
    const isAllFinite = !(isNan && fault.where === 'outputs');
    const outputs =
      fault.kind === 'stuck' ? this.#stuckOutputs : isAllFinite ? this.#outputs.outputs : this.#nanOutputs;
    const sample: InferenceSample = {
      latencyUs: isNan && fault.where === 'latency' ? Number.NaN : latencyUs,
      isError: !isAllFinite || this.#fails(isProbe),
      isProbe,
      answer: { inputs: this.#outputs.inputs, outputs, steps: 1, isStateful: isSession, isAllFinite },
    };
    this.#monitor.onInference(digest, sample);
  }

  #fails(isProbe: boolean): boolean {
    const { fault, errorShare } = this.#scenario;
    if (fault.kind === 'errors') return (!isProbe || fault.hitsProbes) && this.#random() < fault.share;
    // Probes' inputs are those of golden vectors, whose outputs are known to be right.
    return !isProbe && this.#random() < errorShare;
  }

  #readSensors() {
    const { temperatureC } = this.#scenario;
    const temperature = { value: temperatureC + normal(this.#random), source: 'thermal-zone' } as const;
    return { energyMw: this.#readEnergy(), temperatureC: temperature, memoryRatio: 0.4, system: unknownSystem };
  }

  #readEnergy() {
    const { energy, fault } = this.#scenario;
    if (energy === null) return null;
    const random = this.#random;
    this.#energyDeviation =
      energyMemory * this.#energyDeviation + Math.sqrt(1 - energyMemory ** 2) * energy.noise * normal(random);
    this.#burstSeconds -= 1;
    if (random() < burst.perSecond) this.#burstSeconds = uniform(random, burst.secondsMin, burst.secondsMax);
    const mean = fault.kind === 'energy' ? fault.times * energy.budgetMw : energy.meanMw;
    const value = mean * Math.max(0, 1 + this.#energyDeviation) * (this.#burstSeconds > 0 ? burst.factor : 1);
    return { value: random() < badReadingShare ? Number.NaN : value, source: 'hwmon' } as const;
  }
}

function budgetsOf({ latencyBudgetMs, energy }: Scenario) {
  return {
    latencyMs: latencyBudgetMs,
    energyMw: energy?.budgetMw ?? null,
    accuracy: null,
    memoryKb: null,
    temperatureMinC: null,
    temperatureMaxC: null,
  };
}

/** What brings the true mean to so many thresholds as the fault says. */
function latencyFactorOf(scenario: Scenario): number {
  const { fault, latency, heatFactor, baseline, temperatureC } = scenario;
  if (fault.kind !== 'latency') return 1;
  const bandC = thermalBandOf(temperatureC);
  const { latencyUs } = thresholdsFor({ budgets: budgetsOf(scenario) }, defaultPolicy, baseline, bandC);
  if (latencyUs === null) throw new Error('a latency fault needs a threshold');
  return (fault.times * latencyUs.value) / (meanLatencyUs(latency) * heatFactor);
}
