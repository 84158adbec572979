import { logCapitalOf, openBets, placeBets } from '@liquid-lln/coordinator';
import t from 'tap';
import { type DrawCell, panelOf } from '../../../../support/coordinator/panels.js';

const size = { canaries: 2, controls: 6, pastMinutes: 30, presentMinutes: 10 };
const beforeMs = -1;

function capitalAfter(draw: DrawCell): number {
  return logCapitalOf(placeBets(openBets(beforeMs), panelOf(size, draw)));
}

const fails =
  (share: number): DrawCell =>
  (_, minute, isCanary) => ({ errors: isCanary && minute >= 0 ? Math.round(300 * share) : 2 });

t.test('B17: bets against a healthy package are lost', async (t) => {
  t.ok(capitalAfter(fails(0.005)) < 0);
  t.ok(capitalAfter(fails(0)) < 0);
});

t.test('B17: errors of 5 % and 10 % are found out, the worse ones sooner', async (t) => {
  const [five, ten] = [capitalAfter(fails(0.05)), capitalAfter(fails(0.1))];
  t.ok(five > Math.log(1_000), 'once in a thousand, in ten minutes of two devices');
  t.ok(ten > five);
});

t.test("errors that everybody has are nobody's fault", async (t) => {
  t.ok(capitalAfter((_, minute) => ({ errors: minute >= 0 ? 60 : 2 })) < 0);
});

t.test("errors that a device always had are not the package's", async (t) => {
  t.ok(capitalAfter((_, __, isCanary) => ({ errors: isCanary ? 12 : 1 })) < 0);
});

t.test('a slot is bet on once, and not at all without a control', async (t) => {
  const panel = panelOf(size, fails(0.05));
  const once = placeBets(openBets(beforeMs), panel);
  t.same(placeBets(once, panel), once);
  const alone = placeBets(openBets(beforeMs), { ...panel, controls: [] });
  t.same(alone, openBets(beforeMs));
});

t.test('one burst in one minute decides nothing', async (t) => {
  const burst: DrawCell = (device, minute) => ({ errors: device === 0 && minute === 3 ? 150 : 1 });
  t.ok(capitalAfter(burst) < Math.log(1_000));
});
