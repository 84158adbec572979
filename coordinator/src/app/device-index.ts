import type { DeviceId, GatewayId } from '@liquid-lln/protocol';
import type { DeviceRecord } from '../domain/records.js';

/**
 * What every new device asks of all others, without a walk through all of them. A device whose admission was taken back
 * stays counted: it comes again.
 */
export class DeviceIndex {
  readonly #byGateway = new Map<GatewayId, Set<DeviceId>>();
  #newestAdmission = 0;

  constructor(devices: Iterable<DeviceRecord>) {
    for (const device of devices) this.add(device);
  }

  add({ deviceId, gatewayId, admission }: Pick<DeviceRecord, 'deviceId' | 'gatewayId' | 'admission'>): void {
    const devices = this.#byGateway.get(gatewayId) ?? new Set();
    this.#byGateway.set(gatewayId, devices.add(deviceId));
    this.#newestAdmission = Math.max(this.#newestAdmission, admission);
  }

  /** Larger than that of any device. */
  get nextAdmission(): number {
    return this.#newestAdmission + 1;
  }

  /** Devices of a gateway, this one not counted. */
  countOthers(gateway: GatewayId, device: DeviceId): number {
    const devices = this.#byGateway.get(gateway);
    return devices === undefined ? 0 : devices.size - (devices.has(device) ? 1 : 0);
  }
}
