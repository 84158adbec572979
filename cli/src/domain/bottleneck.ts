import type { DetailedFindings, Distribution } from '@liquid-lln/protocol';

/** A part of what a client waits for. */
export interface TimePart {
  readonly name: 'HTTP' | 'agent' | 'FFI call' | 'serial line' | 'kernel';
  readonly us: number;
  /** Of the whole. */
  readonly share: number;
}

/** Something around the inference that slows it down, with its figure. */
export interface Strain {
  readonly name: 'CPU clock' | 'CPU load' | 'memory' | 'broker';
  readonly detail: string;
}

export interface Bottleneck {
  /** The largest part, or the strain that is behind it. */
  readonly name: string;
  readonly detail: string;
  /** Largest first. */
  readonly parts: readonly TimePart[];
  readonly strains: readonly Strain[];
}

/** A clock below this share of what the processor could do slows everything. */
const clockRatioMin = 0.7;
const cpuRatioMax = 0.9;
const memoryRatioMax = 0.8;
const brokerMsMax = 200;

/** Names what takes most of an inference's time, from its parts as they were measured. Null without figures. */
export function findBottleneck(found: DetailedFindings, isBoard: boolean): Bottleneck | null {
  const parts = partsOf(found, isBoard);
  const [largest] = parts;
  if (largest === undefined) return null;
  const strains = strainsOf(found);
  const slowing = strains.find(({ name }) => name !== 'broker');
  const [layer] = [...found.layers].sort((a, b) => b.share - a.share);
  const isKernel = largest.name === 'kernel' && layer !== undefined;
  const name = isKernel ? `kernel, ${layer.name}` : largest.name;
  const detail = isKernel ? `, ${percent(layer.share)} of its multiply-accumulates` : '';
  const behind = slowing === undefined ? '' : `; ${slowing.name}: ${slowing.detail}`;
  return { name, detail: `${percent(largest.share)} of the time${detail}${behind}`, parts, strains };
}

/**
 * What each part takes, by medians. A gateway's engine figure contains the call: what a step takes where one call carries
 * many is the kernel alone. A board measures its kernel itself; all around it is the line.
 */
export function partsOf({ engineUs, wholeUs, stepUs, httpUs }: DetailedFindings, isBoard: boolean): TimePart[] {
  const [engine, whole] = [medianOf(engineUs), medianOf(wholeUs)];
  if (engine === null || whole === null) return [];
  const kernel = isBoard ? engine : Math.min(engine, medianOf(stepUs) ?? engine);
  const http = medianOf(httpUs);
  const around = Math.max(0, whole - engine);
  const parts: Omit<TimePart, 'share'>[] = [
    { name: 'kernel', us: kernel },
    ...(isBoard
      ? [{ name: 'serial line' as const, us: around }]
      : [
          { name: 'FFI call' as const, us: engine - kernel },
          { name: 'agent' as const, us: around },
        ]),
    ...(http === null ? [] : [{ name: 'HTTP' as const, us: Math.max(0, http - whole) }]),
  ];
  const all = parts.reduce((sum, { us }) => sum + us, 0);
  return parts.map((part) => ({ ...part, share: all === 0 ? 0 : part.us / all })).sort((a, b) => b.us - a.us);
}

function strainsOf({ machine: { clock, cpuRatio, memoryRatio }, brokerMs }: DetailedFindings): Strain[] {
  const strains: Strain[] = [];
  if (clock !== null && clock.nowMhz < clock.maxMhz * clockRatioMin)
    strains.push({ name: 'CPU clock', detail: `${Math.round(clock.nowMhz)} of ${Math.round(clock.maxMhz)} MHz` });
  if (cpuRatio !== null && cpuRatio > cpuRatioMax)
    strains.push({ name: 'CPU load', detail: `${percent(cpuRatio)} of all processors are busy` });
  if (memoryRatio !== null && memoryRatio > memoryRatioMax)
    strains.push({ name: 'memory', detail: `${percent(memoryRatio)} of it is in use` });
  if (brokerMs !== null && brokerMs > brokerMsMax)
    strains.push({ name: 'broker', detail: `it takes ${Math.round(brokerMs)} ms to acknowledge a message` });
  return strains;
}

function medianOf(found: Distribution | null): number | null {
  return found?.quantiles.find(({ q }) => q === 0.5)?.value ?? null;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
