import { outcomesOf } from '@liquid-lln/tools';
import t from 'tap';

type Story = Parameters<typeof outcomesOf>[0];

const digest = 'a'.repeat(64);
const before = { digest, name: 'occupancy-ltc', version: '1.1.0' };
const bad = { digest: 'b'.repeat(64), name: 'occupancy-cfc', version: '1.2.0' };

const revert = {
  deviceId: 'gw-1',
  body: { kind: 'reverted', package: bad, detail: 'latency 137 us, limit 7 us', tripToServingMs: 7.123 },
};
const story = {
  rollout: {
    members: [
      { deviceId: 'gw-1', before },
      { deviceId: 'gw-2', before },
    ],
  },
  reverts: [revert],
} as unknown as Story;

t.test(
  'a device that tried the package has a row with what it went through, the others what they were spared',
  async (t) => {
    const now = new Map([['gw-1', 'occupancy-ltc@1.1.0']]);
    const counts = [{ deviceId: 'gw-1', served: 10, failed: 2, agreed: 9, late: 0 }];
    t.same(outcomesOf(story, now, counts), [
      {
        deviceId: 'gw-1',
        before: 'occupancy-ltc@1.1.0',
        tried: 'occupancy-cfc@1.2.0',
        now: 'occupancy-ltc@1.1.0',
        reason: 'latency 137 us, limit 7 us',
        tripToServing: '7.1 ms',
        served: 10,
        failed: 2,
      },
      {
        deviceId: 'gw-2',
        before: 'occupancy-ltc@1.1.0',
        tried: '-',
        now: 'nothing',
        reason: 'not in the first wave',
        tripToServing: '-',
        served: 0,
        failed: 0,
      },
    ]);
  },
);
