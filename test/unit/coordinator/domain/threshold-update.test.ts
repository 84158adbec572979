import { refuseStrangers, thresholdChanges } from '@liquid-lln/coordinator';
import { type DeviceId, type Digest, thresholdsFrom } from '@liquid-lln/protocol';
import t from 'tap';
import { someHealth } from '../../../support/fleet-views.js';

const deviceId = 'gw-1' as DeviceId;
const figures = { deviceId, digest: 'a'.repeat(64) as Digest, latencyUs: 2_000, energyMw: 500 };

t.test('B54: thresholds are what was measured and a tenth, and never below what can be told', async (t) => {
  t.match(thresholdsFrom(figures), { latencyUs: 2_200, energyMw: 500 });
  t.match(thresholdsFrom({ ...figures, latencyUs: 20, energyMw: null }), { latencyUs: 1_000, energyMw: null });
  t.match(thresholdsFrom({ ...figures, latencyUs: null }), { latencyUs: null });
});

t.test('B54: only what changes is shown', async (t) => {
  const wanted = [thresholdsFrom(figures)];
  t.match(
    thresholdChanges(wanted, () => null),
    [
      { metric: 'latency', before: null, after: 2_200 },
      { metric: 'energy', before: null, after: 500 },
    ],
  );
  const health = (latencyUs: number, origin: 'budget' | 'baseline') => {
    const some = someHealth('gw-1');
    const thresholds = {
      latencyUs: { value: latencyUs, origin, bandC: null },
      energyMw: { value: 500, origin: 'baseline' as const, bandC: null },
      temperatureMinC: 0,
      temperatureMaxC: 70,
      temperatureMinOrigin: 'policy' as const,
      temperatureMaxOrigin: 'policy' as const,
      outputs: null,
    };
    return () => ({ ...some, thresholds });
  };
  t.same(thresholdChanges(wanted, health(2_200, 'baseline')), []);
  t.match(thresholdChanges(wanted, health(2_200, 'budget')), [{ metric: 'latency', before: 2_200, origin: 'budget' }]);
  t.match(thresholdChanges(wanted, health(9, 'baseline')), [{ before: 9, after: 2_200 }]);
});

t.test('a baseline of another fleet is refused', async (t) => {
  t.throws(() => refuseStrangers([figures], new Set()), { code: 'TARGET_UNKNOWN' });
  t.doesNotThrow(() => refuseStrangers([figures], new Set([deviceId])));
});
