import { LocalBoard } from '@liquid-lln/tools';
import t from 'tap';
import { changeNetworks, computeSameBits, losePowerInTrial } from '../support/board/real-board.js';

const place = { kind: 'mps2-an500' } as const;
const skip = LocalBoard.isAvailable(place.kind) ? false : 'its firmware is not built, or there is no qemu-system-arm';

t.test('a Cortex-M7 takes networks, tries them and keeps them', { skip }, (t) => changeNetworks(t, place));

t.test("B31: a Cortex-M7 computes the bits of this machine's kernel", { skip }, (t) => computeSameBits(t, place));

t.test('a power cut of a Cortex-M7 in a trial takes it back', { skip }, (t) => losePowerInTrial(t, place));
