import { type BenchmarkFindings, describeSamples } from '@liquid-lln/protocol';
import { delay } from '../delay.js';
import { measureEnergy } from './measure-energy.js';
import { InferenceTiming } from './measure-latency.js';
import type { MeasureContext, SpecOf } from './measurement.js';

/** Inferences that count, over the whole of a benchmark and in a second of it. */
const samplesMax = 20_000;
const samplesPerSecondMax = 200;
const warmUp = 50;
const secondMs = 1_000;

/** Latency and energy at once, spread over the whole duration, so that it sees what a day is like and not a moment. */
export async function measureBenchmark(
  { seconds }: SpecOf<'benchmark'>,
  context: MeasureContext,
): Promise<BenchmarkFindings> {
  const inSilence = { ...context, onProgress: () => undefined };
  const [latency, energy] = await Promise.all([
    spreadInferences(seconds, context),
    measureEnergy({ kind: 'energy', seconds }, inSilence),
  ]);
  return { kind: 'benchmark', warmUp, ...latency, energy };
}

async function spreadInferences(seconds: number, context: MeasureContext) {
  const { clock, signal, onProgress, readings } = context;
  const perSecond = Math.max(1, Math.min(samplesPerSecondMax, Math.floor(samplesMax / seconds)));
  const timing = new InferenceTiming(context);
  for (let done = 0; done < warmUp; done += 1) await timing.next();
  const found = {
    engineUs: [] as number[],
    wholeUs: [] as number[],
    temperaturesC: [] as number[],
    memory: 0,
    errors: 0,
  };
  const beganMs = clock.monotonicMs();
  const rounds = Math.max(1, Math.round(seconds));
  for (let round = 1; round <= rounds; round += 1) {
    const endMs = beganMs + round * secondMs;
    for (let done = 0; done < perSecond && clock.monotonicMs() < endMs; done += 1) {
      const inference = await timing.next();
      if (inference === null) found.errors += 1;
      else {
        found.engineUs.push(inference.engineUs);
        found.wholeUs.push(inference.wholeUs);
      }
    }
    const { temperatureC, memoryRatio } = readings();
    if (temperatureC !== null) found.temperaturesC.push(temperatureC.value);
    found.memory = Math.max(found.memory, memoryRatio ?? 0);
    await delay(clock, Math.max(1, endMs - clock.monotonicMs()), signal);
    onProgress({ done: round, total: rounds, unit: 'seconds' });
  }
  return {
    errors: found.errors,
    engineUs: describeSamples(found.engineUs),
    wholeUs: describeSamples(found.wholeUs),
    temperatureC: rangeOf(found.temperaturesC),
    memoryRatioMax: found.memory === 0 ? null : found.memory,
  };
}

function rangeOf(values: readonly number[]) {
  if (values.length === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, min: Math.min(...values), max: Math.max(...values) };
}
