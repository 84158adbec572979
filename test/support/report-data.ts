import type { ReportData } from '@liquid-lln/cli/testing';
import {
  auditEntrySchema,
  type DeviceEvent,
  deviceEventSchema,
  parseWith,
  rolloutSeriesSchema,
  type SeriesPoint,
  seriesPointSchema,
} from '@liquid-lln/protocol';
import { someMember, somePackage, someRollout, testMomentMs } from './fleet-views.js';

const minuteMs = 60_000;

/** What a cohort did in the minute before `minute` of the rollout's time. */
export function somePoint(cohort: 'canary' | 'control', minute: number, changes: object = {}): SeriesPoint {
  const isCanary = cohort === 'canary';
  const wobble = 1 + 0.03 * Math.sin(minute * 1.7 + (isCanary ? 1 : 0));
  const latencyUs = (isCanary ? 880 : 760) * wobble;
  const temperatureC = 41 + minute / 20 + (isCanary ? 1.5 : 0);
  const point = {
    startMs: testMomentMs + (minute - 1) * minuteMs,
    seconds: 60,
    cohort,
    devices: isCanary ? 2 : 4,
    tries: 1_000,
    errors: isCanary && minute > 12 ? 14 : 1,
    latencyUs: { mean: latencyUs, low: latencyUs * 0.9, high: latencyUs * 1.2 },
    energyMw: { mean: 120 * wobble, low: 110, high: 131 },
    temperatureC: { mean: temperatureC, low: temperatureC - 2, high: temperatureC + 2 },
    ...changes,
  };
  return parseWith(seriesPointSchema, point, 'point');
}

/** A device went back; `details` become part of what it says of it. */
export function someEvent(deviceId: string, detail: string, changes: object = {}, details: object = {}): DeviceEvent {
  const body = {
    kind: 'reverted',
    generation: 4,
    package: somePackage('2.0.0', 'b'),
    to: somePackage(),
    cause: 'policy',
    slot: 'green',
    rolloutId: 'r-0abc12',
    detail,
    breach: null,
    tripToServingMs: 12,
    requestsServed: 900,
    requestsFailed: 0,
    ...details,
  };
  const event = { v: 1, deviceId, epoch: 'e1', sequence: 1, atMs: testMomentMs + 14 * minuteMs, body, ...changes };
  return parseWith(deviceEventSchema, event, 'event');
}

const waves = [
  { percent: 10, devices: 1, startedMs: testMomentMs, passedMs: testMomentMs + 20_000, verdict: 'successful' },
  { percent: 50, devices: 2, startedMs: testMomentMs + 20_000, passedMs: null, verdict: 'failed' },
  { percent: 100, devices: 6, startedMs: null, passedMs: null, verdict: 'inconclusive' },
].map((wave, place) => ({ ...wave, generation: wave.startedMs === null ? null : place + 4, waitingFor: '' }));

const finding = {
  verdict: 'successful',
  effect: 0.16,
  low: 0.09,
  high: 0.23,
  unit: 'ratio',
  canaries: 2,
  controls: 4,
  detail: '',
};

/** A halted rollout of two waves to six devices, as a report has it; `hostile` is what its devices say. */
export function someReportData(hostile = 'latency 920 us above 800 us'): ReportData {
  const outcome = {
    generation: 4,
    digest: 'b'.repeat(64),
    result: 'reverted',
    code: 'latency',
    detail: hostile,
    atMs: 1,
  };
  const members = [1, 2, 3, 4, 5, 6].map((number) =>
    someMember(`gw-${number}`, {
      waveIndex: Math.max(0, number - 1) > 1 ? 2 : number - 1,
      before: somePackage(),
      ...(number === 2
        ? { progress: 'reverted', outcome }
        : number === 1
          ? { now: somePackage('2.0.0', 'b') }
          : { progress: 'pending' }),
    }),
  );
  const rollout = someRollout({
    status: 'halted',
    package: somePackage('2.0.0', 'b'),
    waves,
    waveIndex: 1,
    members,
    endedMs: testMomentMs + 15 * minuteMs,
    detail: 'wave 2: worse than the devices without it: latency +16.0 % (+9.0 % to +23.0 %)',
    analysis: {
      waveIndex: 1,
      verdict: 'failed',
      looks: 4,
      findings: [
        { ...finding, metric: 'latency', verdict: 'failed' },
        { ...finding, metric: 'energy', effect: -0.01, low: -0.05, high: 0.03 },
        {
          ...finding,
          metric: 'error-rate',
          unit: 'share',
          effect: 0.012,
          low: -0.002,
          high: 0.026,
          verdict: 'inconclusive',
        },
        {
          ...finding,
          metric: 'temperature',
          unit: 'C',
          effect: null,
          low: null,
          high: null,
          verdict: 'inconclusive',
          detail: 'no sensor',
        },
      ],
      cleanInferences: 12_000,
      evidenceMin: 298,
      holdUntilMs: null,
      isGate: true,
    },
  });
  const entry = (sequence: number, minute: number, action: string, detail: string) =>
    parseWith(
      auditEntrySchema,
      {
        sequence,
        atMs: testMomentMs + minute * minuteMs,
        actor: action === 'deploy' ? 'operator' : 'coordinator',
        action,
        subject: 'r-0abc12',
        reason: action === 'deploy' ? 'the better model' : null,
        detail,
      },
      'entry',
    );
  const minutes = Array.from({ length: 45 }, (_, place) => place - 28);
  const points = [
    ...minutes.filter((minute) => minute < -12 || minute > -9).map((minute) => somePoint('control', minute)),
    ...minutes.filter((minute) => minute > 0 && minute < 15).map((minute) => somePoint('canary', minute)),
  ];
  const series = { points, keptSeconds: 21_600, nowMs: testMomentMs + 17 * minuteMs };
  return {
    fleet: 'default',
    rollout,
    series: parseWith(rolloutSeriesSchema, series, 'series'),
    audit: [
      entry(1, 0, 'deploy', 'occupancy-cfc@2.0.0 to production; waves 10 % = 1, 50 % = 2, 100 % = 6'),
      entry(2, 15, 'wave-analysed', 'wave 2: failed: latency +16.0 % (+9.0 % to +23.0 %)'),
    ],
    events: [someEvent('gw-2', hostile)],
    missing: [],
  };
}
