import { installedIn, type StoreRecord } from './store-record.js';

/** Whether the newest instruction wants a package looked into, and that is on its way or serves. */
export function isDebugging(record: StoreRecord): boolean {
  const { assignment, live } = record;
  if (assignment?.instruction.kind !== 'deploy' || assignment.instruction.debug !== true) return false;
  return !assignment.isDone || installedIn(record, live)?.package.digest === assignment.instruction.package.digest;
}
