import * as v from 'valibot';

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

const timeoutMs = 5_000;

/** Asks a device's `GET /model`; null while no package is live there. */
export async function readModel(url: string): Promise<LiveModel | null> {
  const response = await fetch(`${url}/model`, { signal: AbortSignal.timeout(timeoutMs) });
  if (response.status !== 200) return null;
  const { name, version, slot, state } = v.parse(modelSchema, await response.json());
  return { title: `${name}@${version}`, slot, state };
}
