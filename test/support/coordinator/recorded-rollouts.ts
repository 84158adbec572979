import { createHash } from 'node:crypto';
import { digestSchema, type OperatorRequest, parseWith } from '@liquid-lln/protocol';
import { deployRequest } from '../operator-client.js';
import { digestOf, tinyPackage } from '../tiny-package.js';
import { InMemoryFleet } from './in-memory-fleet.js';
import type { Recorded } from './replays.js';

const file = tinyPackage();
const fileDigest = parseWith(digestSchema, createHash('sha256').update(file).digest('hex'), 'digest');
export const recordedDigest = parseWith(digestSchema, digestOf(file), 'digest');

/** A fleet to which the package is deployed; nothing has happened yet. */
export async function deployRecorded(
  devices: number,
  waves: number[],
  changes: Partial<Extract<OperatorRequest, { kind: 'deploy' }>> = {},
  fleet = new InMemoryFleet(devices),
): Promise<InMemoryFleet> {
  await fleet.start();
  await fleet.enrolAll();
  await fleet.turn();
  await fleet.ask({ kind: 'upload-open', fileDigest, sizeBytes: file.length }, 'open');
  await fleet.ask({ kind: 'upload-chunk', fileDigest, offset: 0, data: new Uint8Array(file) }, 'chunk');
  await fleet.ask({ kind: 'upload-close', fileDigest }, 'close');
  await fleet.ask({ ...deployRequest(recordedDigest, 'production', waves), ...changes }, 'deploy');
  return fleet;
}

/** What the store holds of the newest rollout. */
export async function recordOf({ store, clock }: InMemoryFleet): Promise<Recorded> {
  const { rollouts, telemetry } = await store.load();
  const rollout = rollouts.at(-1);
  if (rollout === undefined) throw new Error('there is no rollout');
  return { rollout, looks: await store.readTrace(rollout.rolloutId), frames: telemetry, nowMs: clock.wallMs() };
}
