import { type Account, accountOf, judgeBoardPort, mayReadAndWrite } from '@liquid-lln/agent/testing';
import t from 'tap';

const files = {
  passwd: 'root:x:0:0::/root:/bin/sh\nliquid-lln:x:990:991::/var/lib/liquid-lln-agent:/usr/sbin/nologin\n',
  group: 'root:x:0:\ndialout:x:20:somebody\nliquid-lln:x:991:\ngpio:x:997:somebody,liquid-lln\n',
};
const service: Account = { user: 'liquid-lln', uid: 990, gids: [991, 20, 997] };

t.test('the account of the service has its own groups and those of the unit', async (t) => {
  t.same(accountOf('liquid-lln', ['dialout'], files), service);
  t.same(accountOf('liquid-lln', [], files)?.gids, [991, 997]);
  t.equal(accountOf('nobody-here', ['dialout'], files), null);
});

t.test('the first class of a mode that an account is in decides', async (t) => {
  const device = { uid: 0, gid: 20, mode: 0o20660 };
  t.ok(mayReadAndWrite(device, service));
  t.notOk(mayReadAndWrite({ ...device, gid: 5 }, service), 'another group');
  t.notOk(mayReadAndWrite({ ...device, mode: 0o20640 }, service), 'reading is not enough');
  t.notOk(mayReadAndWrite({ ...device, uid: 990, mode: 0o20066 }, service), 'what others may, the owner may not');
  t.ok(mayReadAndWrite({ uid: 0, gid: 5, mode: 0o20606 }, service));
  t.ok(mayReadAndWrite({ uid: 5, gid: 5, mode: 0 }, { user: 'root', uid: 0, gids: [0] }));
});

t.test('each fault of a port is said with what to do about it', async (t) => {
  const port = { name: 'a', path: '/dev/ttyACM0', kind: 'serial', found: 'it', user: 'liquid-lln' } as const;
  const good = { ...port, isUsable: true, holder: null };
  t.same(judgeBoardPort(good), { name: 'board a', ok: true, detail: '/dev/ttyACM0', remedy: null });
  const faults = [
    [{ ...good, found: 'nothing' }, /there is no such serial device/, /by-id/],
    [{ ...good, found: 'something else' }, /this is no serial device/, /boards\[\]\.port/],
    [{ ...good, isUsable: false }, /liquid-lln may not/, /usermod .* liquid-lln/],
    [{ ...good, holder: { pid: 7, command: 'agetty' } }, /process 7 \(agetty\) has it/, /serial-getty/],
    [{ ...good, kind: 'unix', found: 'nothing' }, /no such unix socket/, /boards\[\]\.socket/],
  ] as const;
  for (const [facts, detail, remedy] of faults) t.match(judgeBoardPort(facts), { ok: false, detail, remedy });
});
