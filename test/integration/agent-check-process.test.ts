import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CheckProcess, type CheckProcessInit, DurableStorage } from '@liquid-lln/agent';
import { decodePackage, encodePackage, type LiquidPackage, parseSigningKey, signPackage } from '@liquid-lln/protocol';
import t from 'tap';
import { signedPackage, testKeys } from '../support/agent/signed-package.js';
import { packageForAbi, tinyImage, tinyManifest, tinyPackage } from '../support/tiny-package.js';
import { waitFor } from '../support/wait-for.js';

const folder = mkdtempSync(join(tmpdir(), 'lln-check-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const { digest } = signedPackage().reference;

function check(file: Uint8Array, init: Partial<CheckProcessInit> = {}, of: LiquidPackage['digest'] = digest) {
  writeFileSync(join(folder, 'package.liquid'), file);
  const storage = new DurableStorage(folder);
  const checker = new CheckProcess({ storage }, { trustedKeyPems: [testKeys.publicPem], ...init });
  return checker.check('package.liquid', of, init.timeoutMs === 0 ? AbortSignal.abort() : new AbortController().signal);
}

/** A program to run in place of the check. */
function program(name: string, source: string): string {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, source);
  return path;
}

t.test('a good package passes', () => check(signedPackage().file));

t.test('a package is refused with the reason', async (t) => {
  await t.rejects(check(tinyPackage()), { code: 'PACKAGE_DIGEST_MISMATCH' });
  const wrong = encodePackage(tinyManifest({ weight: 0.1 }), tinyImage());
  const lying = { ...tinyManifest() };
  lying.goldenVectors = lying.goldenVectors.map((v) => ({ ...v, outputs: new Uint8Array(v.outputs.length).fill(1) }));
  const signed = signPackage(encodePackage(lying, tinyImage()), parseSigningKey(testKeys.privatePem));
  await t.rejects(check(signed, {}, decodePackage(signed).digest), { code: 'GOLDEN_VECTORS_FAILED' });
  await t.rejects(check(wrong, {}, decodePackage(wrong).digest), { code: 'PACKAGE_UNSIGNED' });
  await t.rejects(check(signedPackage().file.slice(0, 100)), { code: 'PACKAGE_TRUNCATED' });
});

t.test('B38: a network image for another kernel ABI is refused, though all of the package is whole', async (t) => {
  const reason = { code: 'IMAGE_ABI_UNSUPPORTED', message: 'the network image is for kernel ABI 2, not 1' };
  await t.rejects(check(packageForAbi(2)), reason);
});

t.test('a package that takes its process down is refused, and this process goes on', async (t) => {
  const crash = program('crash', "process.kill(process.pid, 'SIGSEGV');");
  await t.rejects(check(signedPackage().file, { program: crash }), {
    code: 'GOLDEN_VECTORS_FAILED',
    message: /SIGSEGV/,
  });
});

/** Holds this process's events back until the other one has ended. */
function blockUntilEnded(pid: number | undefined): void {
  const end = Date.now() + 10_000;
  while (!/ Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) {
    if (Date.now() > end) throw new Error(`process ${pid} has not ended in 10 s`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
  }
}

t.test('an answer counts, though its process is known to have ended before it was read', async (t) => {
  // One SIGCHLD reaps all children that have ended: with a neighbour's end, that of a check is told before its answer.
  const [pidFile, goFile] = [join(folder, 'pid'), join(folder, 'go')];
  const late = program(
    'late',
    `import { existsSync, writeFileSync } from 'node:fs';
    process.once('message', () => {
      writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));
      while (!existsSync(${JSON.stringify(goFile)})) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      process.send({ error: null }, () => process.exit(1));
    });`,
  );
  const neighbour = fork(program('neighbour', "process.once('message', () => process.exit());"));
  const checked = check(signedPackage().file, { program: late });
  const pidOfCheck = () => (existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0);
  await waitFor('the check to begin', () => pidOfCheck() > 0);
  neighbour.once('disconnect', () => {
    writeFileSync(goFile, '');
    blockUntilEnded(pidOfCheck());
  });
  neighbour.send('end');
  blockUntilEnded(neighbour.pid);
  await t.resolves(checked);
});

t.test('an answer that makes no sense refuses the package, and this process goes on', async (t) => {
  const babble = program('babble', "process.once('message', () => process.send({ error: 1 }));");
  await t.rejects(check(signedPackage().file, { program: babble }), { code: 'INTERNAL', message: /check reply/ });
});

t.test('a check that does not end is ended', async (t) => {
  const hang = program('hang', 'setInterval(() => undefined, 1000);');
  await t.rejects(check(signedPackage().file, { program: hang, timeoutMs: 300 }), {
    message: /did not end within 300 ms/,
  });
});

t.test('a check that takes too much memory is ended', async (t) => {
  const greed = program('greed', 'globalThis.kept = Buffer.alloc(300e6, 1); setInterval(() => undefined, 1000);');
  const memoryBytesMax = 200e6;
  await t.rejects(check(signedPackage().file, { program: greed, memoryBytesMax }), { message: /bytes of memory/ });
});

t.test('a check that is not wanted any more does not begin', async (t) => {
  await t.rejects(check(signedPackage().file, { timeoutMs: 0 }), { name: 'AbortError' });
});
