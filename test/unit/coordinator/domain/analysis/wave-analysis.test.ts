import { advanceAnalysis, openAnalysis, type Panel, type WaveAnalysis } from '@liquid-lln/coordinator';
import t from 'tap';
import { type DrawCell, panelOf, wobble } from '../../../../support/coordinator/panels.js';

const size = { canaries: 10, controls: 30, pastMinutes: 60, presentMinutes: 10 };

function seenFor(panel: Panel, minutes: number): Panel {
  const cut = (group: Panel['canaries']) =>
    group.map((device) => ({ ...device, present: device.present.slice(0, minutes) }));
  return { canaries: cut(panel.canaries), controls: cut(panel.controls) };
}

/** Looks at every minute, as it comes. */
function watch(draw: DrawCell, minutes = size.presentMinutes): WaveAnalysis {
  const panel = panelOf(size, draw);
  let analysis = openAnalysis(0, -1);
  for (let minute = 1; minute <= minutes; minute += 1) analysis = advanceAnalysis(analysis, seenFor(panel, minute), 0);
  return analysis;
}

const healthy: DrawCell = (device, minute) => ({
  latencyLog: 5 + 0.02 * wobble(device, minute),
  errors: (device + minute) % 7 === 0 ? 1 : 0,
});

function findingOf(analysis: WaveAnalysis, metric: string) {
  return analysis.findings.find((finding) => finding.metric === metric);
}

t.test(
  'B17: a healthy package is successful in what can be measured, and says so with effect and interval',
  async (t) => {
    const analysis = watch(healthy);
    t.equal(analysis.verdict, 'successful');
    t.same(
      analysis.findings.map(({ metric }) => metric),
      ['error-rate', 'latency'],
    );
    const latency = findingOf(analysis, 'latency');
    t.ok((latency?.low ?? 1) < 0 && (latency?.high ?? -1) > 0, 'no change lies within the interval');
  },
);

t.test('B17: a latency that grew by a tenth fails, whatever the other metrics say', async (t) => {
  const analysis = watch((device, minute, isCanary) => ({
    latencyLog: 5 + 0.02 * wobble(device, minute) + (isCanary && minute >= 0 ? 0.1 : 0),
  }));
  t.equal(analysis.verdict, 'failed');
  t.equal(findingOf(analysis, 'latency')?.verdict, 'failed');
  t.equal(findingOf(analysis, 'error-rate')?.verdict, 'successful');
});

t.test('B17: errors fail by the bets, which say how unlikely they are in a healthy package', async (t) => {
  const analysis = watch((_, minute, isCanary) => ({ errors: isCanary && minute >= 0 ? 20 : 1 }));
  const errors = findingOf(analysis, 'error-rate');
  t.equal(errors?.verdict, 'failed');
  t.match(errors?.detail, /a healthy package shows this once in \d+ times/);
});

t.test('a sensor that is silent with the new package is an error, not a success', async (t) => {
  const analysis = watch((device, minute, isCanary) => ({
    energyLog: isCanary && minute >= 0 ? null : 4 + 0.01 * wobble(device, minute),
  }));
  t.equal(findingOf(analysis, 'energy')?.verdict, 'error');
  t.equal(analysis.verdict, 'error');
});

t.test('clients that do not ask with the new package are waited for', async (t) => {
  const analysis = watch((device, minute, isCanary) =>
    isCanary && minute >= 0 ? { latencyLog: null } : healthy(device, minute, isCanary),
  );
  t.match(findingOf(analysis, 'latency'), { verdict: 'inconclusive', detail: /no requests of clients/ });
  t.equal(analysis.verdict, 'inconclusive');
});

t.test('looks come at doubling times, so that their shares of the chance of a false alarm add up', async (t) => {
  t.equal(watch(healthy, 1).looks, 1);
  t.equal(watch(healthy, 3).looks, 2);
  t.equal(watch(healthy, 10).looks, 4);
});

t.test('nothing that can be compared is inconclusive', async (t) => {
  const none = panelOf({ ...size, controls: 0 }, healthy);
  t.match(advanceAnalysis(openAnalysis(0, -1), none, 0), { verdict: 'inconclusive', findings: [] });
});
