import { judgeClock, judgeDisk, judgeNode, judgeSerialPorts } from '@liquid-lln/agent/testing';
import t from 'tap';

t.test('Node.js has to be as new as package.json asks', async (t) => {
  t.ok(judgeNode('20.15.0', '>=20.15').ok);
  t.ok(judgeNode('22.0.0', '>=20.15').ok);
  t.match(judgeNode('20.14.9', '>=20.15'), { ok: false, remedy: /20\.15/ });
  t.notOk(judgeNode('18.20.0', '>=20.15').ok);
});

t.test('a disk needs bytes and inodes', async (t) => {
  const disk = { folder: '/var', freeBytes: 2 ** 30, freeInodes: 100_000 };
  t.match(judgeDisk(disk), { ok: true, remedy: null });
  t.ok(judgeDisk({ ...disk, freeInodes: null }).ok, 'some file systems do not count them');
  t.match(judgeDisk({ ...disk, freeBytes: 2 ** 25 }), { ok: false, remedy: /64 MiB/ });
  t.notOk(judgeDisk({ ...disk, freeInodes: 10 }).ok);
});

t.test('a clock that was never set is wrong, one that nobody has synchronised is not', async (t) => {
  const clock = { wallMs: Date.UTC(2026, 5, 1), wallText: '2026-06-01', isSynchronised: false };
  t.match(judgeClock(clock), { ok: true, detail: '2026-06-01, not synchronised yet' });
  t.match(judgeClock({ ...clock, isSynchronised: null }), { ok: true });
  t.match(judgeClock({ ...clock, wallMs: 0 }), { ok: false, remedy: /time/ });
});

t.test('a serial port that may not be used is named', async (t) => {
  t.match(judgeSerialPorts([]), { ok: true, detail: 'none is plugged in' });
  const usable = { path: '/dev/ttyACM0', isUsable: true };
  t.match(judgeSerialPorts([usable]), { ok: true, detail: '/dev/ttyACM0' });
  const ports = [usable, { path: '/dev/ttyUSB1', isUsable: false }];
  t.match(judgeSerialPorts(ports), { ok: false, detail: 'no access to /dev/ttyUSB1', remedy: /dialout/ });
});
