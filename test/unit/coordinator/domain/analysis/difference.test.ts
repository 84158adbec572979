import { compare, metricTraits } from '@liquid-lln/coordinator';
import t from 'tap';
import { type DrawCell, type PanelSize, panelOf, wobble } from '../../../../support/coordinator/panels.js';

const tail = 0.001;
const size: PanelSize = { canaries: 10, controls: 30, pastMinutes: 60, presentMinutes: 5 };

function traitsOf(metric: string) {
  const traits = metricTraits.find((each) => each.metric === metric);
  if (traits === undefined) throw new Error(`there is no metric ${metric}`);
  return traits;
}

const latency = traitsOf('latency');
/** Devices of different speed, each with a little noise. */
const steady: DrawCell = (device, minute) => ({ latencyLog: 5 + device / 10 + 0.02 * wobble(device, minute) });

t.test('B17: the effect is what canaries grew by against their own past and the controls', async (t) => {
  const panel = panelOf(size, (device, minute, isCanary) => ({
    latencyLog: (steady(device, minute, isCanary).latencyLog ?? 0) + (isCanary && minute >= 0 ? 0.2 : 0),
  }));
  const found = compare(panel, latency, tail);
  t.ok(found !== null && Math.abs(found.effect - 0.2) < 0.01, 'the effect');
  t.ok(found !== null && found.halfWidth < 0.05, 'the interval');
  t.match(found, { canaries: 10, controls: 30 });
});

t.test('B17: what happens to everybody is no effect of a package', async (t) => {
  const shocked = panelOf(size, (device, minute, isCanary) => ({
    latencyLog: (steady(device, minute, isCanary).latencyLog ?? 0) + (minute === 2 ? 0.7 : 0),
  }));
  const found = compare(shocked, latency, tail);
  t.ok(found !== null && Math.abs(found.effect) < 0.01);
});

t.test('a hot afternoon is not compared with a cool morning', async (t) => {
  const heated = panelOf(size, (device, minute, isCanary) => ({
    ...steady(device, minute, isCanary),
    bandC: isCanary && minute >= 0 ? 60 : 45,
  }));
  t.equal(compare(heated, latency, tail), null);
});

t.test('bands that a device was in before are compared, each with itself', async (t) => {
  const panel = panelOf({ ...size, presentMinutes: 6 }, (device, minute, isCanary) => {
    const isHot = minute % 2 === 0;
    const latencyLog = (steady(device, minute, isCanary).latencyLog ?? 0) + (isHot ? 0.5 : 0);
    return { latencyLog, bandC: isHot ? 60 : 45 };
  });
  const found = compare(panel, latency, tail);
  t.ok(found !== null && Math.abs(found.effect) < 0.02);
});

t.test('minutes of one device are no independent witnesses', async (t) => {
  // Each device stays for half an hour where it has wandered: no inference more makes that known any better.
  const wandering: DrawCell = (device, minute) => ({
    latencyLog: 5 + 0.1 * wobble(device, Math.floor(minute / 30)) + 0.001 * wobble(device, minute),
  });
  const panel = panelOf({ ...size, pastMinutes: 120, presentMinutes: 20 }, wandering);
  const found = compare(panel, latency, tail);
  t.ok(found !== null && found.halfWidth > 0.05, `an interval as wide as devices differ: ${found?.halfWidth}`);
  t.ok(found !== null && Math.abs(found.effect) < found.halfWidth);
});

t.test('one canary is judged by how it wandered before; without a past there is no interval', async (t) => {
  const alone = { canaries: 1, controls: 3, pastMinutes: 60, presentMinutes: 4 };
  const harmful: DrawCell = (device, minute, isCanary) => ({
    latencyLog: (steady(device, minute, isCanary).latencyLog ?? 0) + (isCanary && minute >= 0 ? 0.4 : 0),
  });
  const found = compare(panelOf(alone, harmful), latency, tail);
  t.ok(found !== null && found.effect > found.halfWidth);
  const young = compare(panelOf({ ...alone, pastMinutes: 6 }, harmful), latency, tail);
  t.equal(young?.halfWidth, Number.POSITIVE_INFINITY);
});

t.test('no errors at all do not make the share of errors certain', async (t) => {
  const found = compare(
    panelOf(size, () => ({})),
    traitsOf('error-rate'),
    tail,
  );
  t.equal(found?.effect, 0);
  t.ok(found !== null && found.halfWidth > 0);
});

t.test('without canaries, controls or a sensor there is nothing to compare', async (t) => {
  t.equal(compare(panelOf({ ...size, controls: 0 }, steady), latency, tail), null);
  t.equal(compare(panelOf({ ...size, canaries: 0 }, steady), latency, tail), null);
  t.equal(compare(panelOf(size, steady), traitsOf('energy'), tail), null);
});
