import { type DeviceId, type Generation, toErrorReport } from '@liquid-lln/protocol';
import { aloneInUnit, decideUnit, findMixedUnits, type UnitDecision, type UnitMember } from '../domain/unit.js';
import type { Logger } from '../ports/logger.js';
import type { SlotStore } from './slot-store.js';

/** A device of the gateway, as far as the others have to know it. */
export interface CouncilSeat {
  readonly deviceId: DeviceId;
  readonly store: SlotStore;
  /** Its part in a unit; null if it has none. */
  unitMember(): UnitMember | null;
  wake(): void;
}

/** Where the devices of a gateway see how far the others are with a package that they confirm together. */
export class UnitCouncil {
  readonly #seats: CouncilSeat[] = [];
  readonly #logger: Logger;
  readonly #reported = new Set<Generation>();

  constructor(components: { readonly logger: Logger }) {
    this.#logger = components.logger;
  }

  join(seat: CouncilSeat): void {
    this.#seats.push(seat);
  }

  decide(deviceId: DeviceId): UnitDecision {
    const own = this.#seats.find((seat) => seat.deviceId === deviceId)?.unitMember() ?? null;
    return own === null ? aloneInUnit : decideUnit(own, this.#members());
  }

  /** A device has changed: the others may have something to do. */
  onChange(deviceId: DeviceId): void {
    this.#reportMixed();
    for (const seat of this.#seats) if (seat.deviceId !== deviceId) seat.wake();
  }

  #members(): UnitMember[] {
    return this.#seats.map((seat) => seat.unitMember()).filter((member) => member !== null);
  }

  /** Each mixed unit is an event of the device that has the package, once a start. */
  #reportMixed(): void {
    for (const { confirmed, failed } of findMixedUnits(this.#members())) {
      const { generation } = confirmed;
      const seat = this.#seats.find((candidate) => candidate.deviceId === confirmed.deviceId);
      if (seat === undefined || this.#reported.has(generation)) continue;
      this.#reported.add(generation);
      const detail = `${confirmed.deviceId} has confirmed what ${failed.deviceId} does not have: both are to leave it`;
      this.#logger.error('the devices of a unit are not of one mind', { generation, detail });
      seat.store.commit({ kind: 'noted', body: { kind: 'unit-mixed', generation, detail } }).catch((error: unknown) => {
        this.#logger.error('a mixed unit could not be noted', { error: toErrorReport(error) });
      });
    }
  }
}
