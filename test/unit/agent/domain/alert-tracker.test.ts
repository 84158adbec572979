import { type AlertChange, type AlertState, trackAlerts } from '@liquid-lln/agent/testing';
import { type Breach, type Digest, digestSchema, type Metric, parseWith, seededRandom } from '@liquid-lln/protocol';
import t from 'tap';

const digestOf = (digit: string): Digest => parseWith(digestSchema, digit.repeat(64), 'digest');
const [first, second] = [digestOf('a'), digestOf('b')];

function breachOf(metric: Metric = 'latency', level: Breach['level'] = 'alert', value = 1_300): Breach {
  return { metric, level, value, limit: 1_200, unit: 'us', samples: 60 };
}

/** One evaluation a second, as the agent does. */
class Tracker {
  #state: AlertState = new Map();
  #nowMs = 0;

  see(breaches: readonly Breach[], lingering = breaches, digest = first): readonly AlertChange[] {
    this.#nowMs += 1_000;
    const { state, changes } = trackAlerts(this.#state, { breaches, lingering, digest, nowMs: this.#nowMs });
    this.#state = state;
    return changes;
  }

  /** The changes of so many seconds that are all alike. */
  seeFor(seconds: number, breaches: readonly Breach[], lingering = breaches): AlertChange[] {
    return Array.from({ length: seconds }, () => this.see(breaches, lingering)).flat();
  }
}

t.test('B28: an alert is told once when it begins and once when it ends', async (t) => {
  const tracker = new Tracker();
  t.match(tracker.seeFor(600, [breachOf()]), [{ isRaised: true, breach: { metric: 'latency' } }]);
  const calm = tracker.seeFor(600, []);
  t.match(calm, [{ isRaised: false, breach: { metric: 'latency' } }]);
  t.equal(calm.length, 1);
});

t.test('B28: a reading that is wrong once, or twice, rings for nobody', async (t) => {
  const tracker = new Tracker();
  for (let spike = 0; spike < 50; spike += 1) {
    t.same(tracker.seeFor(2, [breachOf('temperature')]), []);
    t.same(tracker.seeFor(1, []), []);
  }
});

t.test('B28: a figure that swings about its limit rings once, however it swings', async (t) => {
  for (let seed = 1; seed <= 100; seed += 1) {
    const random = seededRandom(seed);
    const tracker = new Tracker();
    tracker.seeFor(5, [breachOf()]);
    const changes = Array.from({ length: 500 }, () => {
      const isOver = random() < 0.5;
      return tracker.see(isOver ? [breachOf()] : [], [breachOf()]);
    });
    t.same(changes.flat(), [], `seed ${seed}`);
  }
});

t.test('an alert lives until its figure has been clearly back for half a minute', async (t) => {
  const tracker = new Tracker();
  tracker.seeFor(5, [breachOf()]);
  t.same(tracker.seeFor(29, []), []);
  t.same(tracker.see([breachOf()]), [], 'it is the same alert');
  t.same(tracker.seeFor(30, []), []);
  t.match(tracker.see([]), [{ isRaised: false }]);
});

t.test('an alert that becomes worse is told again, and not when it becomes better', async (t) => {
  const tracker = new Tracker();
  tracker.seeFor(5, [breachOf()]);
  t.match(tracker.seeFor(5, [breachOf('latency', 'rollback', 1_600)]), [{ breach: { level: 'rollback' } }]);
  t.same(tracker.seeFor(20, [breachOf()]), []);
  t.same(tracker.seeFor(5, [breachOf('latency', 'rollback', 1_600)]), []);
});

t.test('alerts of a package end with it, under its own digest', async (t) => {
  const tracker = new Tracker();
  tracker.seeFor(5, [breachOf()]);
  t.match(tracker.see([breachOf()], [], second), [{ isRaised: false, digest: first }]);
  tracker.see([breachOf()], [], second);
  t.match(tracker.see([breachOf()], [], second), [{ isRaised: true, digest: second }]);
});

t.test('whatever is seen, every alert that is raised ends before it is raised anew', async (t) => {
  const metrics: Metric[] = ['latency', 'memory', 'temperature'];
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = seededRandom(seed);
    const tracker = new Tracker();
    const raised = new Map<Metric, Breach['level']>();
    let digest = first;
    for (let at = 0; at < 300; at += 1) {
      if (random() < 0.01) digest = digest === first ? second : first;
      const lingering = metrics.filter(() => random() < 0.5).map((metric) => breachOf(metric));
      const breaches = lingering
        .filter(() => random() < 0.8)
        .map(({ metric }) => breachOf(metric, random() < 0.1 ? 'rollback' : 'alert'));
      for (const { breach, isRaised } of tracker.see(breaches, lingering, digest)) {
        const before = raised.get(breach.metric);
        if (!isRaised) t.ok(before !== undefined, `seed ${seed}: only what was raised ends`);
        else t.ok(before === undefined || (before === 'alert' && breach.level === 'rollback'), `seed ${seed}: once`);
        if (isRaised) raised.set(breach.metric, breach.level);
        else raised.delete(breach.metric);
      }
    }
  }
});
