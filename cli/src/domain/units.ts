import { type PackageIdentity, shortDigest } from '@liquid-lln/protocol';

/** Shown where there is no figure: never a zero that nobody measured. */
export const absent = '-';

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `1536` as `1.5 KiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < byteUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${byteUnits[unit]}`;
}

/** Microseconds in the unit that suits their size: `85 us`, `1.25 ms`, `2.10 s`. */
export function formatMicroseconds(microseconds: number | null): string {
  if (microseconds === null) return absent;
  if (microseconds < 1000) return `${microseconds < 10 ? microseconds.toFixed(1) : Math.round(microseconds)} us`;
  if (microseconds < 1_000_000) return `${(microseconds / 1000).toFixed(2)} ms`;
  return `${(microseconds / 1_000_000).toFixed(2)} s`;
}

/** A ratio as a percentage: `0.0123` as `1.23 %`. */
export function formatRatio(ratio: number | null): string {
  if (ratio === null) return absent;
  const percent = ratio * 100;
  return `${percent === 0 || percent >= 10 ? Math.round(percent) : percent.toFixed(2)} %`;
}

/** A figure whose unit is known, with as many digits as people can use. */
export function formatNumber(value: number | null, unit: string): string {
  if (value === null) return absent;
  const text = Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
  return unit === '' ? text : `${text} ${unit}`;
}

/** `name@version`, or a dash for none. */
export function formatPackage(identity: PackageIdentity | null): string {
  return identity === null ? absent : `${identity.name}@${identity.version}`;
}

/** `name@version (0123456789ab)`: for places where the content matters. */
export function formatPackageWithDigest(identity: PackageIdentity | null): string {
  return identity === null ? absent : `${formatPackage(identity)} (${shortDigest(identity.digest)})`;
}

// Sweden writes moments as ISO 8601 does, but for the T.
const isoFormat = new Intl.DateTimeFormat('sv-SE', { timeZone: 'UTC', dateStyle: 'short', timeStyle: 'medium' });

/** A wall-clock time in UTC to the second: `2026-01-31 08:15:00Z`. */
export function formatTime(wallMs: number): string {
  return `${isoFormat.format(wallMs)}Z`;
}
