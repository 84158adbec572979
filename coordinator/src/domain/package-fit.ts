import { type DeviceId, LlnError, type PackageIdentity } from '@liquid-lln/protocol';
import type { KnownDevice } from './fleet-view.js';

/** What a package asks of the devices that are to run it. */
export interface PackageNeeds {
  readonly kernelAbi: number;
  /** Of its network image, which a board's slot has to hold. */
  readonly imageBytes: number;
}

/** A device that cannot run a package, by the number that says so. */
export interface Misfit {
  readonly deviceId: DeviceId;
  readonly code: 'IMAGE_ABI_UNSUPPORTED' | 'BOARD_TOO_SMALL';
  readonly needed: number;
  readonly available: number;
}

/** Devices that a refusal names before it only counts the rest. */
const namedMax = 20;

/**
 * Why a device cannot run a package, by what it last reported; null if nothing speaks against it. Nothing does where
 * the needs are not known: then the device finds out.
 */
export function misfitOf({ deviceId, reported }: KnownDevice, needs: PackageNeeds | null): Misfit | null {
  if (needs === null) return null;
  const { kernelAbi, slotBytes } = reported;
  if (kernelAbi !== needs.kernelAbi)
    return { deviceId, code: 'IMAGE_ABI_UNSUPPORTED', needed: needs.kernelAbi, available: kernelAbi };
  if (slotBytes === undefined) return null;
  const available = Math.max(slotBytes.blue, slotBytes.green);
  if (needs.imageBytes <= available) return null;
  return { deviceId, code: 'BOARD_TOO_SMALL', needed: needs.imageBytes, available };
}

export function findMisfits(devices: readonly KnownDevice[], needs: PackageNeeds | null): Misfit[] {
  return devices.flatMap((device) => misfitOf(device, needs) ?? []);
}

/** Why it cannot, in words. */
export function describeMisfit(misfit: Misfit, { name, version }: PackageIdentity): string {
  return `cannot run ${name}@${version}: ${describeNeed(misfit)}, ${misfit.available} here`;
}

/**
 * The error for a deployment to devices of which some cannot run the package.
 * @param misfits at least one
 * @param devices of the whole target
 */
export function misfitError(misfits: readonly Misfit[], devices: number, { name, version }: PackageIdentity): LlnError {
  const [decisive = [], ...others] = groupMisfits(misfits);
  const clauses = [decisive, ...others].map(describeGroup).join('; ');
  const message = `${misfits.length} of ${devices} devices cannot run ${name}@${version}: ${clauses}`;
  return new LlnError(decisive[0]?.code ?? 'IMAGE_ABI_UNSUPPORTED', message, {
    devices: misfits.map(({ deviceId }) => deviceId).join(', '),
    needed: decisive[0]?.needed ?? null,
    available: [...new Set(decisive.map(({ available }) => available))].join(', '),
  });
}

/** Those with another kernel first: what they lack cannot be helped by a smaller network. */
function groupMisfits(misfits: readonly Misfit[]): Misfit[][] {
  const codes = ['IMAGE_ABI_UNSUPPORTED', 'BOARD_TOO_SMALL'] as const;
  return codes.map((code) => misfits.filter((misfit) => misfit.code === code)).filter((group) => group.length > 0);
}

function describeGroup(group: readonly Misfit[]): string {
  const named = group.slice(0, namedMax).map(({ deviceId, available }) => `${available} on ${deviceId}`);
  const rest = group.length - named.length;
  const [first] = group;
  return `${first === undefined ? '' : describeNeed(first)}, ${named.join(', ')}${rest > 0 ? ` and on ${rest} more` : ''}`;
}

function describeNeed({ code, needed }: Misfit): string {
  return code === 'IMAGE_ABI_UNSUPPORTED'
    ? `it needs kernel ABI ${needed}`
    : `its network image needs a slot of ${needed} bytes`;
}
