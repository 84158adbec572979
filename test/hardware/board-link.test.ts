import { LocalBoard } from '@liquid-lln/tools';
import t from 'tap';
import { changeNetworks, computeSameBits, losePowerInTrial, startBoard } from '../support/board/real-board.js';

const place = { kind: 'mps2-an500' } as const;
const skip = LocalBoard.faultOf(place.kind) ?? false;

t.test('a Cortex-M7 takes networks, tries them and keeps them', { skip }, (t) => changeNetworks(t, place));

t.test("B31: a Cortex-M7 computes the bits of this machine's kernel", { skip }, (t) => computeSameBits(t, place));

t.test('a power cut of a Cortex-M7 in a trial takes it back', { skip }, (t) => losePowerInTrial(t, place));

t.test('a Cortex-M7 as it is delivered has empty slots, and an id of its own', { skip }, async (t) => {
  const { board } = await startBoard(t, place, 'first');
  const { board: other } = await startBoard(t, place, 'second');
  t.same(await board.images(), []);
  const [{ id }, { id: otherId }] = await Promise.all([board.info(), other.info()]);
  t.equal(id, 'a7937b64b8caa58f03721bb6bacf5c78', 'the first 16 bytes of the SHA-256 of its name');
  t.not(otherId, id);
});
