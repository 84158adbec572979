import { quantileOf, swapFigures } from '@liquid-lln/tools';
import t from 'tap';

/** A minute and more of answers, every 10 ms; a swap each second; what is due within `slowMs` of a swap takes 9 ms. */
function answers(swaps: number, slowMs: number) {
  return Array.from({ length: (swaps + 1) * 100 }, (_, index) => {
    const dueMs = index * 10;
    const fromSwapMs = Math.abs(dueMs - Math.round(dueMs / 1_000) * 1_000);
    return {
      dueMs,
      tookMs: dueMs > 500 && fromSwapMs < slowMs ? 9 : 1,
      digest: `package ${Math.floor(dueMs / 1_000) % 2}`,
    };
  });
}

function figureOf(figures: ReturnType<typeof swapFigures>, metric: string): number {
  return figures.find((figure) => figure.metric === metric)?.value ?? Number.NaN;
}

t.test('what a swap disturbs is told from what it does not', async (t) => {
  const figures = swapFigures(answers(50, 100).reverse());
  t.equal(figureOf(figures, 'swaps'), 50);
  t.equal(figureOf(figures, 'p99-near-a-swap'), 9);
  t.equal(figureOf(figures, 'p99-away-from-swaps'), 1);
});

t.test('a run that saw too few swaps shows nothing', async (t) => {
  t.throws(() => swapFigures(answers(49, 100)), /49 swaps were seen, not 50/);
});

t.test('quantiles are values that were measured', async (t) => {
  const values = [1, 2, 3, 4];
  t.same(
    [0, 0.25, 0.5, 0.99, 1].map((q) => quantileOf(values, q)),
    [1, 1, 2, 4, 4],
  );
  t.throws(() => quantileOf([], 0.5), /nothing/);
});
