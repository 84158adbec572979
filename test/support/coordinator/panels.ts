import type { Cell, DeviceSeries, Panel } from '@liquid-lln/coordinator';
import { deviceIdOf } from './rollout-builders.js';

/** Minutes that devices of a panel were seen before and after. */
export interface PanelSize {
  readonly canaries: number;
  readonly controls: number;
  readonly pastMinutes: number;
  readonly presentMinutes: number;
}

/** What a device showed in a minute; what is left out is as on any other day. */
export type DrawCell = (device: number, minute: number, isCanary: boolean) => Partial<Cell>;

const usual = { seconds: 60, bandC: null, tries: 300, errors: 0, latencyLog: 5, energyLog: null } as const;

/** A panel of quiet devices, but for what `draw` says; minutes before 0 are past. */
export function panelOf({ canaries, controls, pastMinutes, presentMinutes }: PanelSize, draw: DrawCell): Panel {
  const series = (device: number, isCanary: boolean): DeviceSeries => {
    const cells = (from: number, to: number): Cell[] =>
      Array.from({ length: to - from }, (_, index) => {
        const minute = from + index;
        const cell = { ...usual, startMs: minute * 60_000, temperatureC: null, memoryRatio: null };
        return { ...cell, ...draw(device, minute, isCanary) };
      });
    return {
      deviceId: deviceIdOf(`gw-${device + 1}`),
      past: cells(-pastMinutes, 0),
      present: cells(0, presentMinutes),
    };
  };
  const group = (count: number, from: number, isCanary: boolean) =>
    Array.from({ length: count }, (_, index) => series(from + index, isCanary));
  return { canaries: group(canaries, 0, true), controls: group(controls, canaries, false) };
}

/** Noise without chance: the same for a device and minute each time, between -1 and 1. */
export function wobble(device: number, minute: number): number {
  return Math.sin(12.9898 * (device + 1) + 78.233 * (minute + 500) + 0.5 * device * minute);
}
