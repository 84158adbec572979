import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import {
  type DesiredDocument,
  type DeviceEvent,
  type DeviceId,
  type DeviceStatus,
  decodeMessage,
  desiredDocumentSchema,
  deviceEventSchema,
  deviceStatusSchema,
  encodeMessage,
  eventAckSchema,
  type HealthMessage,
  healthMessageSchema,
  packageChunkSchema,
  parseTopic,
  type ReportedState,
  reportedStateSchema,
  splitPackage,
  topicsOf,
  transferManifestSchema,
  type WaveDocument,
  waveDocumentSchema,
} from '@liquid-lln/protocol';
import { Aedes } from 'aedes';
import type { SignedPackage } from './signed-package.js';

const fleet = 'test';
const topics = topicsOf(fleet);

/** A bare broker that plays the coordinator's part: publishes documents and packages, and keeps what agents say. */
export class StandInFleet {
  readonly events: DeviceEvent[] = [];
  readonly healths: HealthMessage[] = [];
  readonly reports: ReportedState[] = [];
  /** Each device's last status. */
  readonly statuses = new Map<DeviceId, DeviceStatus>();
  /** Whether events are acknowledged as they come. */
  isAcknowledging = true;
  /** Chunks delivered, by their topics. */
  readonly deliveredChunks: string[] = [];
  readonly #aedes: Aedes;
  readonly #server: Server;
  port = 0;

  private constructor(aedes: Aedes) {
    this.#aedes = aedes;
    this.#server = createServer(aedes.handle);
    aedes.on('publish', (packet, client) => {
      if (client !== null) this.#hear(packet.topic, packet.payload as Buffer);
    });
    aedes.on('subscribe', (subscriptions) => {
      for (const { topic } of subscriptions) if (topic.includes('/chunk/')) this.deliveredChunks.push(topic);
    });
  }

  /** @param port a port that an earlier one used, to come back under the same address. */
  static async start(port = 0): Promise<StandInFleet> {
    const standIn = new StandInFleet(await Aedes.createBroker());
    await new Promise<void>((resolve) => standIn.#server.listen(port, '127.0.0.1', resolve));
    standIn.port = (standIn.#server.address() as AddressInfo).port;
    return standIn;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#aedes.close(() => resolve()));
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  setDesired(device: string, document: DesiredDocument): Promise<void> {
    const payload = encodeMessage(desiredDocumentSchema, document, 'desired');
    return this.publish(topics.desired(device as DeviceId), payload);
  }

  setWave(document: WaveDocument): Promise<void> {
    return this.publish(topics.wave('production'), encodeMessage(waveDocumentSchema, document, 'wave'));
  }

  async offerPackage({ file, reference }: SignedPackage, chunkBytes?: number): Promise<void> {
    const { manifest, chunks } = splitPackage(file, reference.digest, chunkBytes);
    for (const [index, data] of chunks.entries()) {
      const payload = encodeMessage(packageChunkSchema, { v: 1, data }, 'chunk');
      await this.publish(topics.packageChunk(reference.digest, index), payload);
    }
    const payload = encodeMessage(transferManifestSchema, manifest, 'transfer manifest');
    await this.publish(topics.packageManifest(reference.digest), payload);
  }

  publish(topic: string, payload: Uint8Array, retain = true): Promise<void> {
    return new Promise((resolve, reject) => {
      const packet = { cmd: 'publish', topic, payload: Buffer.from(payload), qos: 1, retain, dup: false } as const;
      this.#aedes.publish(packet, (error) => (error ? reject(error) : resolve()));
    });
  }

  #hear(topic: string, payload: Buffer): void {
    const address = parseTopic(fleet, topic);
    if (address?.kind === 'event') this.#keepEvent(decodeMessage(deviceEventSchema, payload, 'event'));
    if (address?.kind === 'health') this.healths.push(decodeMessage(healthMessageSchema, payload, 'health'));
    if (address?.kind === 'status')
      this.statuses.set(address.device, decodeMessage(deviceStatusSchema, payload, 'status'));
    if (address?.kind === 'reported') this.reports.push(decodeMessage(reportedStateSchema, payload, 'report'));
  }

  #keepEvent(event: DeviceEvent): void {
    const isKnown = this.events.some(({ epoch, sequence }) => epoch === event.epoch && sequence === event.sequence);
    if (!isKnown) this.events.push(event);
    if (!this.isAcknowledging) return;
    const ack = encodeMessage(eventAckSchema, { v: 1, epoch: event.epoch, upTo: event.sequence }, 'ack');
    void this.publish(topics.eventAck(event.deviceId), ack, false);
  }
}

export { fleet as testFleet };
