import { generateKeyPairSync } from 'node:crypto';
import {
  decodePackage,
  generateSigningKeys,
  limits,
  parseSigningKey,
  parseTrustedKeys,
  signPackage,
  verifySignatures,
} from '@liquid-lln/protocol';
import t from 'tap';
import { tinyPackage } from '../../../support/tiny-package.js';

const ours = generateSigningKeys();
const theirs = generateSigningKeys();
const trusted = parseTrustedKeys([ours.publicPem]);
const unsigned = tinyPackage();

function signedBy(...keys: { privatePem: string }[]): Uint8Array {
  return keys.reduce((file, { privatePem }) => signPackage(file, parseSigningKey(privatePem)), unsigned);
}

t.test('a trusted signature is found and named', async (t) => {
  t.strictSame(verifySignatures(decodePackage(signedBy(ours)), trusted), [ours.keyId]);
});

t.test('an unsigned package is refused', async (t) => {
  t.throws(() => verifySignatures(decodePackage(unsigned), trusted), { code: 'PACKAGE_UNSIGNED' });
});

t.test("a stranger's signature is refused", async (t) => {
  t.throws(() => verifySignatures(decodePackage(signedBy(theirs)), trusted), { code: 'PACKAGE_KEY_UNTRUSTED' });
});

t.test("a stranger's signature beside a trusted one says nothing", async (t) => {
  t.strictSame(verifySignatures(decodePackage(signedBy(theirs, ours)), trusted), [ours.keyId]);
});

t.test('several trusted keys may sign; all are named', async (t) => {
  const both = parseTrustedKeys([ours.publicPem, theirs.publicPem]);
  t.strictSame(verifySignatures(decodePackage(signedBy(ours, theirs)), both), [ours.keyId, theirs.keyId].sort());
});

t.test('the order of signing does not matter, nor signing twice', async (t) => {
  const once = Buffer.from(signedBy(ours, theirs));
  t.ok(once.equals(signedBy(theirs, ours)));
  t.ok(once.equals(signedBy(ours, theirs, ours)));
});

t.test('a wrong signature of a trusted key refuses the package', async (t) => {
  const file = Buffer.from(signedBy(ours));
  file[file.length - 1] = (file[file.length - 1] ?? 0) ^ 1;
  t.throws(() => verifySignatures(decodePackage(file), trusted), { code: 'PACKAGE_SIGNATURE_INVALID' });
});

t.test('there is a limit to the number of signatures', async (t) => {
  const keys = Array.from({ length: limits.signaturesMax }, () => generateSigningKeys());
  const full = signedBy(...keys);
  t.equal(decodePackage(full).signatures.length, limits.signaturesMax);
  t.throws(() => signPackage(full, parseSigningKey(ours.privatePem)), { code: 'PACKAGE_MALFORMED' });
});

t.test('keys of the wrong kind are refused with a reason', async (t) => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const rsaPublic = rsa.publicKey.export({ format: 'pem', type: 'spki' }).toString();
  const rsaPrivate = rsa.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const refused = { code: 'CONFIG_INVALID' };
  t.throws(() => parseTrustedKeys([ours.privatePem]), refused, 'a private key among the trusted');
  t.throws(() => parseTrustedKeys(['nonsense']), refused, 'no PEM text');
  t.throws(() => parseTrustedKeys([rsaPublic]), refused, 'an RSA key');
  t.throws(() => parseSigningKey(ours.publicPem), refused, 'a public key that should sign');
  t.throws(() => parseSigningKey(rsaPrivate), refused, 'an RSA key that should sign');
});
