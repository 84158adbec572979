import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { parseWith, rolloutIdSchema } from '@liquid-lln/protocol';
import type { Secrets } from '../../ports/secrets.js';

const rolloutIdBytes = 6;
const seedBytes = 8;
const secretBytes = 32;

/** Secrets from the operating system's generator. */
export const systemSecrets: Secrets = {
  newRolloutId: () => parseWith(rolloutIdSchema, `r-${randomBytes(rolloutIdBytes).toString('hex')}`, 'rollout id'),
  newSeed: () => randomBytes(seedBytes).toString('hex'),
  newSecret: () => randomBytes(secretBytes).toString('base64url'),
  hash: (secret) => sha256(secret).toString('hex'),
  matches: (secret, hash) => {
    const expected = Buffer.from(hash, 'hex');
    const actual = sha256(secret);
    return expected.length === actual.length && timingSafeEqual(expected, actual);
  },
};

function sha256(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
