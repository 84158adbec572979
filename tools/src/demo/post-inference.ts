import * as v from 'valibot';

const timeoutMs = 5_000;

/**
 * One `POST /inference` to a device. Connections are kept and used again.
 * @throws Error if there is no answer in time, or another one than `schema` wants
 */
export async function postInference<const S extends v.GenericSchema>(
  { deviceId, url }: { readonly deviceId: string; readonly url: string },
  request: object,
  schema: S,
): Promise<v.InferOutput<S>> {
  const response = await fetch(`${url}/inference`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...request, device: deviceId }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const body: unknown = await response.json();
  if (response.status !== 200) throw new Error(`${response.status} ${JSON.stringify(body)}`);
  return v.parse(schema, body);
}
