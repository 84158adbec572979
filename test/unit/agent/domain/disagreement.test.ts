import { Disagreement } from '@liquid-lln/agent/testing';
import type { Manifest } from '@liquid-lln/protocol';
import t from 'tap';

function outputs(kind: 'logits' | 'values', outputSize: number) {
  const described: Manifest['outputs'] = { channels: [], kind, labels: null, range: null };
  return { outputs: described, network: { outputSize } };
}

function compare(kind: 'logits' | 'values', size: number, live: number[], candidate: number[]) {
  const disagreement = new Disagreement(outputs(kind, size), outputs(kind, size));
  disagreement.add(Float32Array.from(live), Float32Array.from(candidate));
  return disagreement.figures;
}

t.test('logits disagree where another output is the largest, however far apart they are', async (t) => {
  t.same(compare('logits', 2, [1, 2, 3, 4, 6, 5], [0, 9, 4, 3, 9, 0]), { compared: 3, share: 1 / 3 });
});

t.test('values disagree by their difference, measured by how much the live ones vary', async (t) => {
  const live = [0, 2, 0, 2];
  t.same(compare('values', 1, live, live), { compared: 4, share: 0 });
  const shifted = compare('values', 1, live, [0.5, 2.5, 0.5, 2.5]);
  t.ok(Math.abs((shifted.share ?? 0) - 0.5) < 1e-6, 'half a standard deviation');
});

t.test('the worst of several outputs counts', async (t) => {
  const { share } = compare('values', 2, [0, 0, 2, 2], [0, 1, 2, 3]);
  t.ok(Math.abs((share ?? 0) - 1) < 1e-6);
});

t.test('an output that never changes disagrees as a whole, or not at all', async (t) => {
  t.equal(compare('values', 1, [1, 1], [1, 1]).share, 0);
  t.equal(compare('values', 1, [1, 1], [1.1, 1.1]).share, 1);
});

t.test('what cannot be compared is not: other shapes, other kinds, numbers that are none', async (t) => {
  const other = new Disagreement(outputs('values', 1), outputs('values', 2));
  other.add(Float32Array.of(1), Float32Array.of(1, 2));
  t.same(other.figures, { compared: 0, share: null });
  const kinds = new Disagreement(outputs('logits', 2), outputs('values', 2));
  kinds.add(Float32Array.of(1, 2), Float32Array.of(1, 2));
  t.same(kinds.figures, { compared: 0, share: null });
  t.same(compare('values', 1, [1, Number.NaN], [Number.POSITIVE_INFINITY, 1]), { compared: 0, share: null });
});
