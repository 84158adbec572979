import { type DeviceRecord, emptyCursor, isNewerStatus, noteEvent, takeReport } from '@liquid-lln/coordinator';
import type { DeviceStatus } from '@liquid-lln/protocol';
import fc from 'fast-check';
import t from 'tap';
import { deviceIdOf } from '../../../support/coordinator/rollout-builders.js';
import { someReport } from '../../../support/fleet-views.js';

function recordOf(epoch: string, sequence: number, retiredEpochs: string[] = []): DeviceRecord {
  const reported = someReport('gw-1', { epoch, sequence });
  const deviceId = deviceIdOf('gw-1');
  return { deviceId, gatewayId: reported.gatewayId, admission: 1, reported, retiredEpochs, lastSeenMs: 0 };
}

t.test('B4: only a newer report of the same store counts', async (t) => {
  const known = recordOf('e1', 7);
  t.equal(takeReport(known, someReport('gw-1', { epoch: 'e1', sequence: 7 }), 1), null);
  t.equal(takeReport(known, someReport('gw-1', { epoch: 'e1', sequence: 6 }), 1), null);
  t.equal(takeReport(known, someReport('gw-1', { epoch: 'e1', sequence: 8 }), 1)?.reported.sequence, 8);
});

t.test('a device whose last start a full disk did not note is heard after the next one', async (t) => {
  const full = { ...recordOf('e1', 1), reported: someReport('gw-1', { sequence: 4_000_009, unrecordedStart: 'full' }) };
  t.equal(takeReport(full, someReport('gw-1', { sequence: 4_000_001 }), 1)?.reported.sequence, 4_000_001);
  t.equal(takeReport(recordOf('e1', 4_000_001), full.reported, 1), null, 'what comes late from before says nothing');
});

t.test('B4: a device that lost its store begins anew, and late messages of the old store say nothing', async (t) => {
  const wiped = takeReport(recordOf('e1', 7), someReport('gw-1', { epoch: 'e2', sequence: 1 }), 1);
  t.same(wiped?.retiredEpochs, ['e1']);
  t.equal(takeReport(recordOf('e2', 1, ['e1']), someReport('gw-1', { epoch: 'e1', sequence: 900 }), 1), null);
});

t.test('B4: the will of an old connection does not put a device that is back offline', async (t) => {
  const status = (connection: number, online: boolean, epoch = 'e1'): DeviceStatus => ({
    v: 1,
    online,
    epoch,
    connection,
  });
  t.ok(isNewerStatus(undefined, status(3, true), []));
  t.ok(isNewerStatus(status(3, true), status(3, false), []), 'its own will');
  t.notOk(isNewerStatus(status(4, true), status(3, false), []), 'a late will');
  t.notOk(isNewerStatus(status(3, false), status(3, true), []), 'its greeting, after its will');
  t.ok(isNewerStatus(status(9, true), status(1, true, 'e2'), []));
  t.notOk(isNewerStatus(status(1, true, 'e2'), status(9, false), ['e1']));
});

t.test('B4: in any order and however often, events are new once and all are acknowledged in the end', async () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8], { minLength: 8 }), (order) => {
      let cursor = emptyCursor;
      let news = 0;
      for (const sequence of order) {
        const noted = noteEvent(cursor, sequence);
        cursor = noted.cursor;
        news += Number(noted.isNew);
      }
      return news === 8 && cursor.upTo === 8 && cursor.beyond.length === 0;
    }),
  );
});

t.test('nothing is acknowledged across a gap until the device shows that it has nothing to fill it with', async (t) => {
  const first = noteEvent(emptyCursor, 1).cursor;
  const gap = noteEvent(first, 3).cursor;
  t.equal(gap.upTo, 1);
  const repeated = noteEvent(gap, 3);
  t.equal(repeated.isNew, false);
  t.equal(repeated.cursor.upTo, 3);
});
