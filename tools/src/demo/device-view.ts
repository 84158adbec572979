import * as v from 'valibot';
import type { LocalDevice } from '../fleet/local-fleet.js';

const modelSchema = v.object({
  name: v.string(),
  version: v.string(),
  slot: v.string(),
  state: v.picklist(['trial', 'confirmed']),
});

/** What a device itself says that it serves. */
export interface LiveModel {
  /** `name@version` */
  readonly title: string;
  readonly slot: string;
  readonly state: 'trial' | 'confirmed';
}

const healthSchema = v.object({
  activity: v.object({ kind: v.picklist(['idle', 'receiving', 'verifying', 'trial']) }),
});
export type ActivityKind = v.InferOutput<typeof healthSchema>['activity']['kind'];

const timeoutMs = 5_000;

/** Asks a device's `GET /model`; null while no package is live there. */
export async function readModel({ url, deviceId }: LocalDevice): Promise<LiveModel | null> {
  const response = await fetch(`${url}/model?device=${deviceId}`, { signal: AbortSignal.timeout(timeoutMs) });
  if (response.status !== 200) return null;
  const { name, version, slot, state } = v.parse(modelSchema, await response.json());
  return { title: `${name}@${version}`, slot, state };
}

/** What a device is doing about its instruction. */
export async function readActivity({ url, deviceId }: LocalDevice): Promise<ActivityKind> {
  const response = await fetch(`${url}/health?verbose&device=${deviceId}`, { signal: AbortSignal.timeout(timeoutMs) });
  return v.parse(healthSchema, await response.json()).activity.kind;
}
