import type { SmpVersion } from '../board/domain/smp-message.js';

/** Why a mock board refuses: a code of the protocol, or one of a group. */
export class MockFailure extends Error {
  readonly group: number | null;
  readonly rc: number;

  constructor(group: number | null, rc: number) {
    super(`refused with ${rc}`);
    this.group = group;
    this.rc = rc;
  }

  payload(version: SmpVersion): Readonly<Record<string, unknown>> {
    return version === 0 || this.group === null ? { rc: this.rc } : { err: { group: this.group, rc: this.rc } };
  }
}

export const invalid = new MockFailure(null, 3);
export const notSupported = new MockFailure(null, 8);
/** A trial may not be disturbed. */
export const badState = new MockFailure(1, 28);
