import type { Clock, DeviceId, MeasurementResult, VerificationRecord } from '@liquid-lln/protocol';
import { oldVerifications } from '../../domain/retention/old-verifications.js';
import { completeVerification, recordOf, verificationKey } from '../../domain/verification.js';
import type { FleetChange } from '../../ports/fleet-store.js';
import type { FleetLedger } from '../fleet-ledger.js';
import { cursorKey, type FleetState } from '../fleet-state.js';
import type { Presence } from '../presence.js';
import { viewDevice, viewFleet } from '../views.js';

export interface MeasurementResultsComponents {
  readonly ledger: FleetLedger;
  readonly presence: Presence;
  readonly clock: Clock;
}

/** Who measures what. */
export interface MeasurementOrigin {
  readonly target: string;
  readonly actor: string;
}

/** Completes what devices found with what the coordinator knows, and keeps verifications. */
export class MeasurementResults {
  readonly #components: MeasurementResultsComponents;

  constructor(components: MeasurementResultsComponents) {
    this.#components = components;
  }

  /**
   * The result as operators get it; a verification is on the disk by then.
   * @throws LlnError STORE_FULL and others, if it could not be kept
   */
  async take(
    deviceId: DeviceId,
    result: MeasurementResult,
    { target, actor }: MeasurementOrigin,
  ): Promise<MeasurementResult> {
    const { clock, ledger } = this.#components;
    const complete = completeVerification(result, this.#knownOf(deviceId, result));
    const record = recordOf(deviceId, complete, { target, actor, atMs: clock.wallMs() });
    if (record === null) return complete;
    await ledger.change((state) => ({ changes: this.#changesFor(record, state), result: null }));
    return complete;
  }

  #changesFor(record: VerificationRecord, state: FleetState): FleetChange[] {
    const { deviceId } = record;
    const replaced = verificationKey(record);
    const others = [...state.verifications].filter(([key, each]) => each.deviceId === deviceId && key !== replaced);
    const uses = {
      fleet: viewFleet(state, this.#components.presence),
      documents: state.documents.values(),
      rollouts: state.rollouts.values(),
    };
    const old = oldVerifications([record, ...others.map(([, each]) => each)], uses);
    return [
      { kind: 'put-verification', record },
      ...old.map((each) => ({ kind: 'drop-verification' as const, key: verificationKey(each) })),
    ];
  }

  #knownOf(deviceId: DeviceId, { slot }: MeasurementResult) {
    const { ledger, presence, clock } = this.#components;
    const device = viewFleet(ledger.state, presence).get(deviceId);
    const health = presence.healthOf(deviceId)?.decode() ?? null;
    if (device === undefined) return { desired: null, health, isLive: false, reported: null, eventsUpTo: 0 };
    const { desired } = viewDevice(device, ledger.state, presence, clock);
    const { reported } = device;
    const eventsUpTo = ledger.state.cursors.get(cursorKey(deviceId, reported.epoch))?.upTo ?? 0;
    return { desired, health, isLive: reported.running?.slot === slot, reported, eventsUpTo };
  }
}
