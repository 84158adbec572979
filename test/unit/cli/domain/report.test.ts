import {
  auditOfRollout,
  drawInterval,
  drawPlot,
  escapeText,
  eventsOfRollout,
  html,
  isCutOff,
  reportBytesMax,
  reportPage,
  splitAtGaps,
  timeAxis,
  timeLabel,
  valueAxis,
} from '@liquid-lln/cli/testing';
import t from 'tap';
import { someMember, someRollout, testMomentMs } from '../../../support/fleet-views.js';
import { someEvent, somePoint, someReportData } from '../../../support/report-data.js';

const minuteMs = 60_000;

t.test('what goes into markup is text, in elements and in attributes, unless it is markup', async (t) => {
  const hostile = `"><script>alert('x')</script>&`;
  t.equal(
    html`<p title="${hostile}">${html`<b>${1}</b>`}${[html`<i>`, html`</i>`]}</p>`.text,
    '<p title="&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;"><b>1</b><i></i></p>',
  );
  t.equal(escapeText('a\u0000b\u202ec\nd'), 'a\ufffdb\ufffdc\nd', 'nor does a text turn or break the page');
});

t.test('axes begin and end at round values that hold everything', async (t) => {
  t.same(valueAxis([712, 880], true), { low: 0, high: 1_000, ticks: [0, 500, 1_000] });
  t.same(valueAxis([40.2, 43.9], false).ticks, [40, 41, 42, 43, 44]);
  t.same(valueAxis([0, 0], true), { low: 0, high: 1, ticks: [0, 0.5, 1] }, 'nothing but zeros has an axis too');
  t.same(valueAxis([0.1, 0.3], false).ticks, [0.1, 0.15, 0.2, 0.25, 0.3], 'without the digits of binary fractions');
  const time = timeAxis(testMomentMs, testMomentMs + 20 * minuteMs);
  t.same(
    time.ticks.map((tick) => timeLabel(time, tick)),
    ['08:15', '08:20', '08:25', '08:30', '08:35'],
  );
  const short = timeAxis(testMomentMs, testMomentMs + 30_000);
  t.equal(timeLabel(short, testMomentMs), '08:15:00');
});

t.test('a slot that is missing breaks the line', async (t) => {
  const point = (minute: number) => ({ startMs: minute * minuteMs, seconds: 60, mean: 1, low: 1, high: 1 });
  t.same(
    splitAtGaps([point(0), point(1), point(4), point(5)]).map((run) => run.length),
    [2, 2],
  );
});

t.test('a plot of nothing is none; labels of marks that would overlap are one', async (t) => {
  const frame = { description: 'd', unit: 'ms', fromZero: true, fromMs: 0, untilMs: 60 * minuteMs };
  const marks = [0, 1, 40].map((minute, place) => ({ atMs: minute * minuteMs, label: `wave ${place + 1}` }));
  t.equal(drawPlot({ ...frame, lines: [{ name: 'canary', points: [] }], marks }), null);
  const points = [{ startMs: 0, seconds: 60, mean: 1, low: 1, high: 1 }];
  const drawn = drawPlot({ ...frame, lines: [{ name: 'canary', points }], marks });
  t.match(drawn?.text, />wave 1, wave 2</);
  t.match(drawn?.text, />wave 3</);
  t.equal(drawn?.text.match(/class="mark"/g)?.length, 3, 'each has its line');
});

t.test('B57: the page says what, who, when and how it ended, with plots, gates, timeline and devices', async (t) => {
  const page = reportPage(someReportData());
  t.match(page, /<h1>rollout r-0abc12: occupancy-cfc@2.0.0 to production: halted<\/h1>/);
  t.match(page, /1 of 6 devices confirmed/);
  t.match(page, /<dt>Reason<\/dt><dd>the better model<\/dd>/);
  t.match(page, /<dt>Took<\/dt><dd>15 m<\/dd>/);
  t.equal(page.match(/<svg class="plot"/g)?.length, 4, 'latency, energy, temperature, errors');
  t.match(page, /<td>latency<\/td><td>\+16.0 %<\/td><td>\+9.0 % to \+23.0 %<\/td><td>failed<\/td>/);
  t.match(page, /<td>operator<\/td><td>deploy<\/td>/);
  const devices = page.slice(page.indexOf('<h2>Devices'));
  t.match(devices, /1 confirmed, 1 reverted, 4 pending/);
  t.ok(devices.indexOf('<td>gw-2</td>') < devices.indexOf('<td>gw-1</td>'), 'what went wrong comes first');
});

t.test('nothing that a device says is more than text, and nothing comes from elsewhere', async (t) => {
  const page = reportPage(someReportData('<script>alert(1)</script><img src=x onerror=alert(2)>'));
  t.notMatch(page, /<script|<img/);
  t.match(page, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
  t.match(page, /default-src 'none'/);
  t.notMatch(page, /https?:|url\(|@import/);
});

t.test('what nobody measured is said, not drawn as zero', async (t) => {
  const data = someReportData();
  const dark = [1, 2].map((minute) => somePoint('canary', minute, { energyMw: null, tries: 0, errors: 0 }));
  const page = reportPage({ ...data, series: { ...data.series, points: dark } });
  t.equal(page.match(/<svg class="plot"/g)?.length, 2, 'latency and temperature');
  t.equal(page.match(/No figures: no device reported this one\./g)?.length, 2);
  t.match(page, /control: devices of the target without it \(no figures\)/);
  const late = { points: [], keptSeconds: 21_600, nowMs: testMomentMs + 24 * 3_600_000 };
  t.match(reportPage({ ...data, series: late }), /keeps them for 6 h, and the rollout ended 2026-01-31 08:30:00Z/);
  const fresh = { ...late, nowMs: testMomentMs + 20 * minuteMs };
  t.match(reportPage({ ...data, series: fresh }), /no device has published any in the time of this rollout/);
  t.match(reportPage({ ...data, rollout: someRollout() }), /No comparison of canaries with controls/);
  t.match(reportPage({ ...data, missing: ['events of its beginning'] }), /<li>events of its beginning<\/li>/);
});

t.test('an interval is drawn about zero; one that is not known is not drawn', async (t) => {
  const finding = {
    metric: 'latency',
    verdict: 'failed',
    unit: 'ratio',
    canaries: 1,
    controls: 1,
    detail: '',
  } as const;
  const drawn = drawInterval({ ...finding, effect: 0.1, low: 0, high: 0.2 }).text;
  t.match(drawn, /class="zero" x1="80" x2="80"/);
  t.match(drawn, /class="interval" x1="80" x2="154"/);
  t.notMatch(drawInterval({ ...finding, effect: null, low: null, high: null }).text, /<svg/);
});

t.test('a page of a large fleet stays below a megabyte, and says what it leaves out', async (t) => {
  const data = someReportData();
  const outcome = {
    generation: 4,
    digest: 'b'.repeat(64),
    result: 'reverted',
    code: 'x',
    detail: '"'.repeat(200),
    atMs: 1,
  };
  const members = Array.from({ length: 10_000 }, (_, n) => someMember(`gw-${n}`, { progress: 'reverted', outcome }));
  const events = Array.from({ length: 5_000 }, (_, n) => someEvent(`gw-${n}`, '<'.repeat(400)));
  const page = reportPage({ ...data, rollout: { ...data.rollout, members }, events });
  t.ok(Buffer.byteLength(page) < reportBytesMax);
  t.match(page, /\d+ more are left out: see liquid-lln audit/);
  t.match(page, /\d+ more are left out: see liquid-lln rollouts/);
});

t.test('only what belongs to the rollout is in its report', async (t) => {
  const rollout = { ...someReportData().rollout };
  const { audit } = someReportData();
  const [entry] = audit;
  if (entry === undefined) throw new Error('there is no entry');
  t.same(auditOfRollout([{ ...entry, subject: 'r-other' }, entry], rollout), [entry]);
  const started = { kind: 'started', agentVersion: '0.1.0', recovered: '' };
  const events = [
    someEvent('gw-9', 'of another device'),
    someEvent('gw-1', 'long after', { atMs: testMomentMs + 100 * minuteMs, body: started }),
    someEvent('gw-2', 'in its time'),
    someEvent('gw-3', 'about its package, by a clock that is wrong', { atMs: 1 }),
  ];
  t.same(
    eventsOfRollout(events, rollout, testMomentMs).map(({ deviceId }) => deviceId),
    ['gw-3', 'gw-2'],
  );
  t.equal(isCutOff([{ atMs: 5 }], 1, 4), true);
  t.equal(isCutOff([{ atMs: 5 }], 2, 4), false, 'fewer came than were asked for');
  t.equal(isCutOff([{ atMs: 3 }], 1, 4), false);
});
