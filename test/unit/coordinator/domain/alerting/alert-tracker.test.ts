import { type AlertSighting, alertKey, type Condition, emptyWatch, trackAlerts } from '@liquid-lln/coordinator';
import { type Alert, alertCalmMs, alertRaiseMs } from '@liquid-lln/protocol';
import t from 'tap';
import { deviceIdOf } from '../../../../support/coordinator/rollout-builders.js';

const latency: Condition = {
  rule: 'latency',
  subject: 'gw-1',
  severity: 'warning',
  environment: 'production',
  devices: [deviceIdOf('gw-1')],
  detail: 'latency 130 us over its alert limit of 120',
};
const nothing: AlertSighting = {
  conditions: [],
  isLingering: () => false,
  isUnknown: () => false,
  isOvertaken: () => false,
};

/** Alerts over virtual time: every look is a second after the one before. */
class Watcher {
  alerts = new Map<string, Alert>();
  /** Every change, in words. */
  readonly told: string[] = [];
  seconds = 0;
  #watch = emptyWatch;

  look(sighting: Partial<AlertSighting> = {}, times = 1): void {
    for (let round = 0; round < times; round += 1) {
      const time = { wallMs: 1_000_000 + this.seconds * 1_000, monotonicMs: this.seconds * 1_000 };
      const { watch, changed } = trackAlerts(
        this.#watch,
        this.alerts.values(),
        { ...nothing, ...sighting },
        time,
        this.alerts.size,
      );
      this.#watch = watch;
      for (const alert of changed) {
        this.alerts.set(alert.alertId, alert);
        this.told.push(`${alert.alertId} ${alertKey(alert)} ${alert.endedMs === null ? alert.severity : 'ended'}`);
      }
      this.seconds += 1;
    }
  }

  /** What a restart leaves of it. */
  restart(): void {
    this.#watch = emptyWatch;
  }
}

const raiseLooks = alertRaiseMs / 1_000 + 1;
const calmLooks = alertCalmMs / 1_000 + 1;

t.test(
  'B28: an alert needs a condition that lasts, rings once, and is over when it was gone for a while',
  async (t) => {
    const watcher = new Watcher();
    watcher.look({ conditions: [latency] });
    watcher.look();
    t.same(watcher.told, [], 'once is nothing');
    watcher.look({ conditions: [latency] }, 500);
    t.same(watcher.told, ['a-1 latency/gw-1 warning'], 'one alert however often it is found');
    watcher.look({}, calmLooks - 1);
    t.equal(watcher.told.length, 1, 'not over yet');
    watcher.look();
    t.same(watcher.told.slice(1), ['a-1 latency/gw-1 ended']);
  },
);

t.test('B28: a figure that swings about its limit rings once', async (t) => {
  const watcher = new Watcher();
  watcher.look({ conditions: [latency] }, raiseLooks);
  for (let swing = 0; swing < 100; swing += 1) {
    watcher.look({ isLingering: () => true }, calmLooks);
    watcher.look({ conditions: [latency] });
  }
  t.same(watcher.told, ['a-1 latency/gw-1 warning']);
});

t.test('B28: what comes and goes is the same alert, and rings less and less', async (t) => {
  const watcher = new Watcher();
  const lookFor = 4 * 3600;
  while (watcher.seconds < lookFor) {
    watcher.look({ conditions: [latency] }, raiseLooks);
    watcher.look({}, calmLooks);
  }
  t.same([...watcher.alerts.keys()], ['a-1']);
  t.ok(watcher.told.length <= 3, `${watcher.told.length} in ${watcher.seconds} s: it is not over any more`);
});

t.test('a warning that becomes critical is told once more, and does not become a warning again', async (t) => {
  const watcher = new Watcher();
  watcher.look({ conditions: [latency] }, raiseLooks);
  watcher.look({ conditions: [{ ...latency, severity: 'critical' }] }, 5);
  watcher.look({ conditions: [latency] }, 5);
  t.same(watcher.told, ['a-1 latency/gw-1 warning', 'a-1 latency/gw-1 critical']);
});

t.test('an alert of which nothing is known stays, also over a restart', async (t) => {
  const watcher = new Watcher();
  watcher.look({ conditions: [latency] }, raiseLooks);
  watcher.restart();
  watcher.look({ isUnknown: () => true }, 2 * calmLooks);
  t.equal(watcher.told.length, 1);
  watcher.look({}, calmLooks);
  t.match(watcher.told.at(-1), /ended/);
});

t.test('another subject is another alert', async (t) => {
  const watcher = new Watcher();
  watcher.look({ conditions: [latency, { ...latency, subject: 'gw-2' }, { ...latency, rule: 'energy' }] }, raiseLooks);
  t.equal(watcher.alerts.size, 3);
});

t.test('an alert of an event is over when somebody knows, when it is overtaken, or after a day', async (t) => {
  const ofEvent: Alert = {
    alertId: 'a-1' as Alert['alertId'],
    ...latency,
    rule: 'rollout-halted',
    devices: [],
    of: 'event',
    raisedMs: 1_000_000,
    endedMs: null,
    repeats: 0,
    acknowledged: null,
  };
  const after = (alert: Alert, seconds: number, sighting: Partial<AlertSighting> = {}) => {
    const watcher = new Watcher();
    watcher.alerts.set(alert.alertId, alert);
    watcher.seconds = seconds;
    watcher.look(sighting);
    return watcher.told;
  };
  t.same(after(ofEvent, 3_600), []);
  t.equal(after({ ...ofEvent, acknowledged: { by: 'ada', reason: 'seen', atMs: 1 } }, 1).length, 1);
  t.equal(after(ofEvent, 1, { isOvertaken: () => true }).length, 1);
  t.equal(after(ofEvent, 24 * 3_600).length, 1);
});
