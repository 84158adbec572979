import { readFileSync } from 'node:fs';
import { buildNetworkImage, type NetworkDescription } from '@liquid-lln/protocol';
import { type BoardProgram, runOnBoard } from '../m7/board.js';
import { parseNumbers } from '../m7/numbers.js';
import { parseLinkMap } from './link-map.js';

/** Flash of each of the kernel's files in a program that opens an image, steps and runs sequences. */
export function measureFlash(program: BoardProgram): { readonly file: string; readonly bytes: number }[] {
  const files = [...parseLinkMap(readFileSync(program.mapPath, 'utf8'))].filter(([name]) => name.endsWith('.c.o'));
  return files.map(([name, bytes]) => ({ file: name.replace(/\.o$/, ''), bytes }));
}

/** What a network takes, in bytes. */
export interface NetworkSize {
  /** Flash: the weights. */
  readonly image: number;
  readonly scratch: number;
  readonly state: number;
  /** The opened image. */
  readonly network: number;
  /** The deepest stack, with the call itself. */
  readonly stackOpen: number;
  readonly stackStep: number;
  readonly stackSequence: number;
}

/** Runs a network on the emulated board. @throws Error if it fails there */
export function measureNetwork(program: BoardProgram, description: NetworkDescription): NetworkSize {
  const image = buildNetworkImage(description, { defaultTimeStep: 1 });
  const numberOf = parseNumbers(runOnBoard(program, [image.length], image));
  return {
    image: image.length,
    scratch: numberOf('scratch'),
    state: numberOf('state'),
    network: numberOf('network'),
    stackOpen: numberOf('open'),
    stackStep: numberOf('step'),
    stackSequence: numberOf('sequence'),
  };
}
