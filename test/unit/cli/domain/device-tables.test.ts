import {
  defaultWidth,
  formatBytes,
  formatMicroseconds,
  formatRatio,
  formatTime,
  healthTable,
  isolationTable,
  logText,
  memberTable,
  monitorTables,
  renderTable,
  rolloutListTable,
  statusMetrics,
  statusTable,
  takeSample,
  waveTable,
} from '@liquid-lln/cli/testing';
import { type DeviceView, type IsolationView, logLineSchema, parseWith } from '@liquid-lln/protocol';
import t from 'tap';
import { someDevice, someHealth, someReport, someRollout, testMomentMs } from '../../../support/fleet-views.js';

const away = someDevice('gateway-with-a-rather-long-name-in-hall-7', {
  online: false,
  silentMs: 130_000,
  faults: ['no heartbeat for 2 m 10 s: three were missed', 'latency 9.10 ms above its limit of 6.00 ms'],
});
const board = someDevice('gw-1.a', {
  gatewayId: 'gw-1',
  kind: 'stm32h743',
  health: someHealth('gw-1.a', [100], {
    board: {
      id: '003a00253137510c39323534',
      firmwareVersion: '0.1.0',
      resetCause: 'software',
      boots: 12,
      reverts: 1,
      erasures: [0, 3, 2_500, 40],
      erasuresMax: 10_000,
      stackBytesUsed: 2_048,
      stackBytes: 8_192,
      linkUs: 3_210,
    },
  }),
});
const isolated = someDevice('gw-9', {
  isolation: {
    isolated: true,
    progress: 'in-force',
    told: { reason: 'it answers nonsense', by: 'jo', atMs: testMomentMs },
  },
});

function isolationOf({ isolation }: DeviceView): IsolationView {
  if (isolation === undefined) throw new Error('the device is not isolated');
  return isolation;
}

const fleet = [
  someDevice(),
  away,
  someDevice('new', { reported: null, health: null, silentMs: null, online: false }),
  board,
  isolated,
];

t.test('every table fits 80 columns', async (t) => {
  const sample = takeSample(fleet, testMomentMs);
  const tables = [
    ...statusMetrics.map((metric) => statusTable(metric, fleet)),
    healthTable(fleet),
    isolationTable([{ deviceId: isolated.deviceId, isolation: isolationOf(isolated) }]),
    waveTable(someRollout()),
    memberTable(someRollout()),
    rolloutListTable([someRollout()]),
    ...[...monitorTables('key', sample), ...monitorTables('system', sample)].map(({ table }) => table),
  ];
  for (const table of tables) {
    const lines = renderTable(table).split('\n');
    const longest = Math.max(...lines.map((line) => line.length));
    t.ok(longest <= defaultWidth, `${table.head.join(' ')}: ${longest} columns`);
    t.ok(lines.length > table.rows.length, 'head and rows are there');
  }
});

t.test('an empty table is nothing', async (t) => {
  t.equal(renderTable({ head: ['A'], rows: [] }), '');
});

t.test('no table carries colours', async (t) => {
  t.notOk(renderTable(healthTable(fleet)).includes('\u001b'));
});

t.test('health says why a device is not healthy', async (t) => {
  const rows = healthTable(fleet).rows;
  t.match(rows[0], ['gw-1', 'healthy', 'online']);
  t.match(rows[1], ['gateway-with-a-rather-long-name-in-hall-7', 'NOT HEALTHY', 'offline, 2 m 10 s']);
  t.match(rows[1]?.at(-1), /three were missed; latency/);
});

t.test('an isolated device is shown as such, with who did it and why, whether it is well or not', async (t) => {
  const ill = { ...isolated, faults: ['no package is live'] };
  const awaited = { ...isolated, isolation: { ...isolationOf(isolated), progress: 'awaited' as const } };
  const [well, unwell, waited] = healthTable([isolated, ill, awaited]).rows;
  t.match(well, [
    'gw-9',
    'isolated',
    'online',
    /occupancy/,
    'isolated by jo at 2026-01-31 08:15:00Z: it answers nonsense',
  ]);
  t.match(unwell, ['gw-9', 'NOT HEALTHY, isolated', 'online', /occupancy/, /it answers nonsense; no package is live/]);
  t.match(waited?.at(-1), /^isolated, not taken up yet by jo/);
  t.equal(statusTable('overview', [isolated]).rows[0]?.at(-1), 'isolated');
});

t.test('storage shows both slots and which one is live', async (t) => {
  const staged = { state: 'failed', package: null, bytes: 12, failure: 'digest' };
  const { slots } = someReport();
  const device = someDevice('gw-1', { reported: someReport('gw-1', { slots: { ...slots, green: staged } }) });
  const [blue, green] = statusTable('storage', [device]).rows;
  t.match(blue, [
    'gw-1',
    'blue',
    'confirmed, live',
    'occupancy-cfc@1.0.0',
    '19.5 KiB',
    '19.5 KiB',
    '4.7 GiB of 8.4 GiB',
  ]);
  t.match(green, ['', 'green', 'failed: digest', '-', '12 B']);
});

t.test('B39: the board view shows how often the most worn sector was erased, of what its maker promises', async (t) => {
  const { head, rows } = statusTable('board', [someDevice(), board, someDevice('gw-2.a', { kind: 'posix' })]);
  t.equal(rows.length, 2, 'boards alone');
  const cells = Object.fromEntries(head.map((name, index) => [name, rows[0]?.[index]]));
  t.match(cells, { DEVICE: 'gw-1.a', BOOTS: '12', RESET: 'software', REVERTS: '1', ERASED: '2500', WORN: '25 %' });
  t.same(rows[1]?.slice(1), Array(8).fill('-'), 'nothing is known of a board that never answered');
});

t.test('figures have units, and what nobody measured is a dash', async (t) => {
  t.equal(formatBytes(1023), '1023 B');
  t.equal(formatBytes(1536), '1.5 KiB');
  t.equal(formatMicroseconds(85.4), '85 us');
  t.equal(formatMicroseconds(1_250), '1.25 ms');
  t.equal(formatMicroseconds(2_100_000), '2.10 s');
  t.equal(formatMicroseconds(null), '-');
  t.equal(formatRatio(0.0123), '1.23 %');
  t.equal(formatRatio(0), '0 %');
  t.equal(formatRatio(null), '-');
  t.equal(formatTime(testMomentMs), '2026-01-31 08:15:00Z');
});

t.test('a log line cannot drive the terminal', async (t) => {
  const line = parseWith(logLineSchema, { atMs: testMomentMs, level: 'warn', message: 'a\u001b[2Jb\n' }, 'line');
  t.equal(logText('gw-1', line), '2026-01-31 08:15:00Z gw-1 warn  a [2Jb');
});
