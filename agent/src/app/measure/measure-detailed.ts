import { type DetailedFindings, describeSamples, layerWork } from '@liquid-lln/protocol';
import { readFloats } from '../golden-row.js';
import { attemptInference } from '../inference-attempt.js';
import { InferenceTiming } from './measure-latency.js';
import type { MeasureContext, SpecOf } from './measurement.js';
import { Pacer } from './pacer.js';

const warmUp = 20;
/** Steps that one call carries, to tell a call's cost from that of the steps. */
const stepsPerCall = 32;
const callsMin = 8;
/** Requests through the agent's own HTTP server. */
const requestsMax = 100;
const brokerTries = 5;

/** Takes an inference apart: the kernel's steps, the call into it or a board's line, and the way through HTTP. */
export async function measureDetailed(
  { samples }: SpecOf<'detailed'>,
  context: MeasureContext,
): Promise<DetailedFindings> {
  const { subject, readings, onProgress, cpuClock } = context;
  const timing = new InferenceTiming(context);
  for (let done = 0; done < warmUp; done += 1) await timing.next();
  const single = { engineUs: [] as number[], wholeUs: [] as number[] };
  for (let done = 0; done < samples; done += 1) {
    const inference = await timing.next();
    if (inference !== null) {
      single.engineUs.push(inference.engineUs);
      single.wholeUs.push(inference.wholeUs);
    }
    onProgress({ done: done + 1, total: samples, unit: 'inferences' });
  }
  const together = await timeTogether(samples, context);
  const http = subject.isLive ? await timeRequests(Math.min(requestsMax, samples), context) : [];
  const { system, memoryRatio } = readings();
  const work = layerWork(subject.model.package.image);
  const all = work.reduce((sum, { macs }) => sum + macs, 0);
  return {
    kind: 'detailed',
    engineUs: describeSamples(single.engineUs),
    wholeUs: describeSamples(single.wholeUs),
    stepUs: describeSamples(together),
    httpUs: describeSamples(http),
    layers: work.map(({ name, macs }) => ({ name, share: all === 0 ? 0 : macs / all })),
    brokerMs: await timeBroker(context),
    machine: { cpuRatio: system.cpuRatio, load1: system.load1, memoryRatio, clock: cpuClock() },
  };
}

/** What a step takes where one call carries many of them. */
async function timeTogether(samples: number, { subject, clock, share, signal }: MeasureContext): Promise<number[]> {
  const { model } = subject;
  const { goldenVectors, network } = model.package.manifest;
  const [vector] = goldenVectors;
  if (vector === undefined) return [];
  const row = readFloats(vector.inputs, 0, network.inputSize);
  const inputs = Float32Array.from({ length: stepsPerCall * row.length }, (_, index) => row[index % row.length] ?? 0);
  const timeSteps = new Float32Array(stepsPerCall).fill(readFloats(vector.timeSteps, 0, 1)[0] ?? 1);
  const pacer = new Pacer(clock, share, signal);
  const state = model.createState();
  const found: number[] = [];
  for (let call = 0; call < Math.max(callsMin, samples / stepsPerCall); call += 1) {
    const attempt = await attemptInference(model, state, inputs, timeSteps);
    if (attempt.isGood) found.push(attempt.latencyUs / stepsPerCall);
    await pacer.rest();
  }
  return found;
}

/** Round trips through `POST /inference`, by a socket; none where clients are turned away. */
async function timeRequests(
  requests: number,
  { subject, ask, clock, share, signal, deviceId }: MeasureContext,
): Promise<number[]> {
  const { goldenVectors, network } = subject.model.package.manifest;
  const [vector] = goldenVectors;
  if (vector === undefined) return [];
  const input = [...readFloats(vector.inputs, 0, network.inputSize)];
  const body = JSON.stringify({ input, device: deviceId });
  const pacer = new Pacer(clock, share, signal);
  const found: number[] = [];
  for (let done = 0; done < requests; done += 1) {
    const beganMs = clock.monotonicMs();
    const { status } = await ask(body);
    if (status === 200) found.push((clock.monotonicMs() - beganMs) * 1_000);
    await pacer.rest();
  }
  return found;
}

/** The quickest of a few messages that the broker acknowledged; null without a connection. */
async function timeBroker({ timeBrokerMs }: MeasureContext): Promise<number | null> {
  let quickest: number | null = null;
  for (let tries = 0; tries < brokerTries; tries += 1) {
    const tookMs = await timeBrokerMs();
    if (tookMs !== null) quickest = Math.min(quickest ?? tookMs, tookMs);
  }
  return quickest;
}
