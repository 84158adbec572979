import * as v from 'valibot';

/** A gateway's id: also its MQTT user name. No dots: a dot separates a gateway from its board. */
export const gatewayIdSchema = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9](?:[a-z0-9_-]{0,47})$/, 'must be 1 to 48 of a-z 0-9 _ -'),
  v.brand('GatewayId'),
);
export type GatewayId = v.InferOutput<typeof gatewayIdSchema>;

/** A device's id: a gateway's own for its native engine, `gateway.board` for a board attached to it. */
export const deviceIdSchema = v.pipe(
  v.string(),
  v.regex(
    /^[a-z0-9][a-z0-9_-]{0,47}(?:\.[a-z0-9][a-z0-9_-]{0,31})?$/,
    'must be a gateway id, or a gateway id, a dot and a board name',
  ),
  v.brand('DeviceId'),
);
export type DeviceId = v.InferOutput<typeof deviceIdSchema>;

/** The gateway that owns a device. What a device id begins with was checked with it: this is asked for every message. */
export function gatewayOf(device: DeviceId): GatewayId {
  const dot = device.indexOf('.');
  return (dot === -1 ? device : device.slice(0, dot)) as string as GatewayId;
}

/** The SHA-256 of a package's content, in 64 lower-case hexadecimal digits. */
export const digestSchema = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits'),
  v.brand('Digest'),
);
export type Digest = v.InferOutput<typeof digestSchema>;

/** How a digest is shown to people. */
export function shortDigest(digest: Digest): string {
  return digest.slice(0, 12);
}

/** A number that only grows, over all desired states of a fleet. 0 means "none yet". */
export const generationSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.brand('Generation'));
export type Generation = v.InferOutput<typeof generationSchema>;

export const rolloutIdSchema = v.pipe(
  v.string(),
  v.regex(/^r-[0-9a-z]{6,26}$/, 'must look like r-0abc12'),
  v.brand('RolloutId'),
);
export type RolloutId = v.InferOutput<typeof rolloutIdSchema>;

/** A label on devices. */
export const environmentSchema = v.picklist(['simulation', 'staging', 'production']);
export type Environment = v.InferOutput<typeof environmentSchema>;

/** What kind of device serves: the gateway's own engine, or a board by its board-support name. */
export const deviceKindSchema = v.picklist(['native', 'posix', 'mps2-an500', 'stm32h743']);
export type DeviceKind = v.InferOutput<typeof deviceKindSchema>;

/** A package's name: part of its identity for people. */
export const packageNameSchema = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be 1 to 64 of a-z 0-9 . _ -'),
  v.brand('PackageName'),
);
export type PackageName = v.InferOutput<typeof packageNameSchema>;

/** A semantic version (semver.org 2.0.0) without a leading "v". */
export const packageVersionSchema = v.pipe(
  v.string(),
  v.maxLength(64),
  v.regex(
    /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/,
    'must be a semantic version such as 1.2.3',
  ),
  v.brand('PackageVersion'),
);
export type PackageVersion = v.InferOutput<typeof packageVersionSchema>;

/** Topic-safe ids of requests and clients. */
export const requestIdSchema = v.pipe(v.string(), v.regex(/^[0-9A-Za-z_-]{1,64}$/), v.brand('RequestId'));
export type RequestId = v.InferOutput<typeof requestIdSchema>;
export const clientIdSchema = v.pipe(v.string(), v.regex(/^[0-9A-Za-z_-]{1,64}$/), v.brand('ClientId'));
export type ClientId = v.InferOutput<typeof clientIdSchema>;
