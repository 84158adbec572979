import { type Check, hasPassed, type MeasuredDevice, type VerificationRecord } from '@liquid-lln/protocol';
import { foundOf } from './profile-tables.js';
import type { Table } from './table.js';
import { absent, formatNumber, formatPackage, formatTime } from './units.js';

/** Every check of every device; a device that could not be looked at has one row that says why. */
export function checkTable(devices: readonly MeasuredDevice[]): Table {
  return {
    head: ['DEVICE', 'CHECK', 'RESULT', 'FIGURE', 'LIMIT', 'DETAIL'],
    rows: foundOf(devices, 'verify').flatMap(({ deviceId, findings, error }) => {
      if (findings === null) return [[deviceId, absent, 'failed', absent, absent, failureOf(error)]];
      return findings.checks.map((check, index) => [index === 0 ? deviceId : '', ...checkCells(check)]);
    }),
  };
}

function checkCells({ name, state, value, limit, unit = '', detail }: Check): string[] {
  return [name, state, formatNumber(value ?? null, unit), formatNumber(limit ?? null, unit), detail];
}

/** Whether the suite has passed on every device. */
export function isVerified(devices: readonly MeasuredDevice[]): boolean {
  const found = foundOf(devices, 'verify');
  return found.length > 0 && found.every(({ findings }) => findings !== null && hasPassed(findings.checks));
}

/** How many devices passed, in a sentence. */
export function verifySummary(devices: readonly MeasuredDevice[], suite: string): string {
  const passed = foundOf(devices, 'verify').filter(({ findings }) => findings !== null && hasPassed(findings.checks));
  return `${suite}: ${passed.length} of ${devices.length} devices passed`;
}

/** Verifications as they were kept. */
export function verificationTable(records: readonly VerificationRecord[]): Table {
  return {
    head: ['WHEN', 'DEVICE', 'SUITE', 'PACKAGE', 'SLOT', 'RESULT', 'BY', 'WHAT DID NOT PASS'],
    rows: records.map(({ atMs, deviceId, suite, package: identity, slot, isPassed, actor, checks }) => [
      formatTime(atMs),
      deviceId,
      suite,
      formatPackage(identity),
      slot,
      isPassed ? 'passed' : 'not passed',
      actor,
      checks
        .filter(({ state }) => state === 'failed' || state === 'inconclusive')
        .map(({ name, state }) => `${name} ${state}`)
        .join(', ') || absent,
    ]),
  };
}

function failureOf(error: MeasuredDevice['error']): string {
  return error === null ? 'no result' : `${error.code}: ${error.message}`;
}
