import { firstWave, foresee, type Rollout, type WaveDevice } from '@liquid-lln/coordinator';
import { defaultPolicy } from '@liquid-lln/protocol';
import t from 'tap';
import { deviceIdOf, fleetOf, someDevice, someRollout } from '../../../support/coordinator/rollout-builders.js';
import { someHealth } from '../../../support/fleet-views.js';

const names = ['gw-1', 'gw-2', 'gw-3', 'gw-4'];
const latencyBreach = { metric: 'latency', value: 7_000, limit: 6_000, unit: 'us', samples: 90 };

/** A healthy device that answers ten requests a second, but for what is changed. */
function waveDevice(name: string, traits: object = {}, health: object = {}): WaveDevice {
  const answered = Array.from({ length: 300 }, () => 200);
  const told = someHealth(name, answered, health);
  return { device: someDevice(name, traits), health: { ...told, window: { ...told.window, seconds: 30 } } };
}

function verdicts(rollout: Rollout, devices: readonly WaveDevice[], policy = defaultPolicy): Record<string, string> {
  return Object.fromEntries(foresee(rollout, devices, policy).map(({ gate, verdict }) => [gate, verdict]));
}

const rollout = someRollout(fleetOf(names.map((name) => someDevice(name))), [100]);
const healthy = names.map((name) => waveDevice(name));

t.test('B19: nothing stands against the first wave of a healthy fleet', async (t) => {
  t.same(firstWave(rollout).toSorted(), names.map(deviceIdOf));
  t.same(verdicts(rollout, healthy), { presence: 'passes', limits: 'passes', evidence: 'passes' });
});

t.test('a device that is not heard holds the wave, unless as many may be silent', async (t) => {
  const devices = [waveDevice('gw-1', { isOnline: false }), ...healthy.slice(1)];
  t.equal(verdicts(rollout, devices)['presence'], 'holds');
  t.match(foresee(rollout, devices, defaultPolicy)[0]?.detail, /3 of 4 .* not heard: gw-1$/);
  const lenient = { ...rollout, limits: { ...rollout.limits, failureBudget: { devices: 1 } } };
  t.equal(verdicts(lenient, devices)['presence'], 'passes');
});

t.test('an online device that has not been heard for too long is not there', async (t) => {
  const silent = waveDevice('gw-1', { silentMs: 600_000 });
  t.match(foresee(rollout, [silent], defaultPolicy)[0], { verdict: 'holds', detail: /gw-1 \(silent for 600 s\)/ });
});

t.test('a device that passes a limit with what it runs now is named with its figures', async (t) => {
  const alert = waveDevice('gw-2', {}, { breaches: [{ ...latencyBreach, level: 'alert' }] });
  t.equal(verdicts(rollout, [alert])['limits'], 'holds');
  const lost = waveDevice('gw-2', {}, { breaches: [{ ...latencyBreach, level: 'rollback' }] });
  t.match(foresee(rollout, [lost], defaultPolicy)[1], { verdict: 'fails', detail: /gw-2 \(latency 7000 us over/ });
});

t.test('devices that are away use up the places of those on the way', async (t) => {
  const narrow = { ...rollout, limits: { ...rollout.limits, maxUnavailable: 1 } };
  t.equal(verdicts(narrow, healthy)['unavailable'], 'passes');
  t.equal(verdicts(narrow, [waveDevice('gw-1', { isOnline: false }), ...healthy.slice(1)])['unavailable'], 'holds');
});

t.test('how long a trial takes follows from the least asked device, and from what its agent may ask', async (t) => {
  const [, , evidence] = foresee(rollout, healthy, { ...defaultPolicy, evidenceInferencesMin: 3_000 });
  t.match(evidence, { verdict: 'passes', detail: /gw-1, the least asked, answers 10 a second, .* 100 s at least/ });
  t.equal(verdicts(rollout, healthy, { ...defaultPolicy, evidenceInferencesMin: 10_000_000 })['evidence'], 'fails');
  const mute = { device: someDevice('gw-1'), health: null };
  t.equal(verdicts(rollout, [mute])['evidence'], 'holds');
});

t.test('a wave without devices never passes', async (t) => {
  t.match(foresee(rollout, [], defaultPolicy), [{ gate: 'presence', verdict: 'fails' }]);
});
