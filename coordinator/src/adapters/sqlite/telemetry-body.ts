import { deviceIdSchema, digestSchema, LlnError, parseWith } from '@liquid-lln/protocol';
import * as v from 'valibot';
import { figureNames, rowsMax, type TelemetryFrame } from '../../domain/analysis/telemetry.js';

/** Digests are few and long: rows name them by their place, -1 for none. */
const bodySchema = v.strictObject({
  digests: v.array(digestSchema),
  deviceIds: v.pipe(v.array(deviceIdSchema), v.maxLength(rowsMax)),
  digestPlaces: v.array(v.pipe(v.number(), v.integer(), v.minValue(-1))),
  /** `Float32Array`, little-endian, in base64. */
  figures: v.string(),
});

export function encodeFrame({ deviceIds, digests, figures }: TelemetryFrame): string {
  const known = [...new Set(digests.filter((digest) => digest !== null))];
  const places = new Map(known.map((digest, place) => [digest, place]));
  const bytes = Buffer.alloc(figures.length * 4);
  for (const [place, value] of figures.entries()) bytes.writeFloatLE(value, place * 4);
  return JSON.stringify({
    digests: known,
    deviceIds,
    digestPlaces: digests.map((digest) => (digest === null ? -1 : (places.get(digest) ?? -1))),
    figures: bytes.toString('base64'),
  });
}

/** @throws LlnError STORE_CORRUPT */
export function decodeFrame(startMs: number, seconds: number, data: unknown): TelemetryFrame {
  const { digests, deviceIds, digestPlaces, figures } = parseWith(
    bodySchema,
    data,
    'stored telemetry',
    'STORE_CORRUPT',
  );
  const bytes = Buffer.from(figures, 'base64');
  if (bytes.length !== deviceIds.length * figureNames.length * 4 || digestPlaces.length !== deviceIds.length)
    throw new LlnError('STORE_CORRUPT', `stored telemetry of ${startMs} does not have a row for each device`);
  return {
    startMs,
    seconds,
    deviceIds,
    digests: digestPlaces.map((place) => digests[place] ?? null),
    figures: Float32Array.from({ length: bytes.length / 4 }, (_, place) => bytes.readFloatLE(place * 4)),
  };
}
