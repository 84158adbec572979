import {
  emptySketch,
  type PolicyWindows,
  type Sketch,
  SketchBuilder,
  type Thresholds,
  type WindowFigures,
} from '@liquid-lln/protocol';

/** What a package promises in tests: a millisecond and a tenth of a watt. */
export const testThresholds: Thresholds = {
  latencyUs: { value: 1_000, origin: 'budget', bandC: null },
  energyMw: { value: 100, origin: 'budget', bandC: null },
  temperatureMinC: -20,
  temperatureMaxC: 85,
  temperatureMinOrigin: 'policy',
  temperatureMaxOrigin: 'policy',
  outputs: null,
};

/** So many samples of one value. */
export function sketchOf(value: number, samples: number): Sketch {
  const builder = new SketchBuilder();
  for (let sample = 0; sample < samples; sample += 1) builder.add(value);
  return builder.build();
}

/** A minute of readings of one power. */
export function energyOf(value: number): Partial<WindowFigures> {
  return { energyMw: { value, source: 'ina226' }, energyBatches: sketchOf(value, 20) };
}

/** A healthy window, but for the changes. */
export function windowOf(changes: Partial<WindowFigures> = {}, latencyUs = 500): WindowFigures {
  const inferences = changes.inferences ?? 1_000;
  return {
    seconds: 120,
    inferences,
    errors: 0,
    rejected: 0,
    probes: 0,
    probeErrors: 0,
    nonFinite: 0,
    latencyUs: sketchOf(latencyUs, inferences),
    latencyBatches: sketchOf(latencyUs, 60),
    energyMw: null,
    energyBatches: emptySketch,
    temperatureC: null,
    thermalBandC: null,
    badReadings: 0,
    memoryRatio: null,
    crashes: 0,
    ...changes,
  };
}

/** The same window as both of the policy's. */
export function windowsOf(changes: Partial<WindowFigures> = {}, latencyUs?: number): PolicyWindows {
  return { recent: windowOf(changes, latencyUs), errors: windowOf(changes, latencyUs), outputs: null };
}
