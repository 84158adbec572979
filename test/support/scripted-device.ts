import {
  type Cohort,
  type DesiredDocument,
  type DeviceEvent,
  type DeviceId,
  decodeMessage,
  desiredDocumentSchema,
  deviceEventSchema,
  deviceIdSchema,
  deviceStatusSchema,
  type Environment,
  encodeMessage,
  eventAckSchema,
  type Instruction,
  isInCohort,
  otherSlot,
  type PackageIdentity,
  parseTopic,
  parseWith,
  type ReportedState,
  reportedStateSchema,
  type SlotName,
  topicsOf,
  type WaveDocument,
  waveDocumentSchema,
} from '@liquid-lln/protocol';
import { connectAsync, type MqttClient } from 'mqtt';
import { someReport } from './fleet-views.js';

/** What a scripted device does with a deploy. */
export type Script = 'confirm' | 'stay-on-trial' | 'revert' | 'refuse' | 'ignore';

interface Taken {
  readonly generation: number;
  readonly rolloutId: string | null;
  readonly instruction: Instruction;
}

export interface ScriptedDeviceInit {
  readonly url: string;
  readonly gatewayId: string;
  readonly password: string;
  readonly environment?: Environment;
  readonly site?: string;
  readonly script?: Script;
  readonly kernelAbi?: number;
}

/** A device that follows the protocol but has no network to run: it does what its script says, at once. */
export class ScriptedDevice {
  readonly deviceId: DeviceId;
  readonly environment: Environment;
  /** Every instruction taken up, in order. */
  readonly taken: Taken[] = [];
  readonly acknowledged: number[] = [];
  script: Script;
  reported: ReportedState;
  readonly #topics = topicsOf('default');
  readonly #site: string;
  #mqtt: MqttClient;
  #wave: WaveDocument | null = null;
  #desired: DesiredDocument | null = null;
  #events = 0;

  private constructor(mqtt: MqttClient, init: ScriptedDeviceInit) {
    this.#mqtt = mqtt;
    this.deviceId = parseWith(deviceIdSchema, init.gatewayId, 'device id');
    this.environment = init.environment ?? 'production';
    this.#site = init.site ?? 'lab';
    this.script = init.script ?? 'confirm';
    const { environment } = this;
    const { kernelAbi = 1 } = init;
    this.reported = someReport(init.gatewayId, {
      environment,
      site: this.#site,
      kernelAbi,
      generation: 0,
      sequence: 1,
    });
  }

  static async connect(init: ScriptedDeviceInit): Promise<ScriptedDevice> {
    const { url, gatewayId, password } = init;
    const topics = topicsOf('default');
    const deviceId = parseWith(deviceIdSchema, gatewayId, 'device id');
    const status = (online: boolean, connection: number) =>
      Buffer.from(encodeMessage(deviceStatusSchema, { v: 1, online, epoch: 'e1', connection }, 'status'));
    const mqtt = await connectAsync(url, {
      clientId: gatewayId,
      username: gatewayId,
      password,
      reconnectPeriod: 100,
      will: { topic: topics.status(deviceId), payload: status(false, 1), qos: 1, retain: true },
    });
    const device = new ScriptedDevice(mqtt, init);
    mqtt.on('message', (topic, payload) => device.#receive(topic, payload));
    let connection = 1;
    mqtt.on('connect', () => {
      connection += 1;
      device.#greet(status(true, connection)).catch(() => device.#mqtt.reconnect());
    });
    await device.#greet(status(true, connection));
    return device;
  }

  /** Publishes a state; `changes` become part of it. */
  async report(changes: Partial<ReportedState> = {}): Promise<void> {
    this.reported = { ...this.reported, ...changes, sequence: this.reported.sequence + 1 };
    await this.publish(
      this.#topics.reported(this.deviceId),
      encodeMessage(reportedStateSchema, this.reported, 'report'),
      true,
    );
  }

  /** Posts an event, with the next number unless told another. */
  async post(body: DeviceEvent['body'], sequence = ++this.#events): Promise<void> {
    const event = { v: 1 as const, deviceId: this.deviceId, epoch: 'e1', sequence, atMs: 1, body };
    await this.publish(this.#topics.event(this.deviceId), encodeMessage(deviceEventSchema, event, 'event'), false);
  }

  async publish(topic: string, payload: Uint8Array, retain: boolean): Promise<void> {
    await this.#mqtt.publishAsync(topic, Buffer.from(payload), { qos: 1, retain });
  }

  get isConnected(): boolean {
    return this.#mqtt.connected;
  }

  /** Breaks the connection without a word, so that the broker sends the last will. */
  async vanish(): Promise<void> {
    this.#mqtt.options.reconnectPeriod = 0;
    this.#mqtt.stream.destroy();
  }

  async disconnect(): Promise<void> {
    await this.#mqtt.endAsync(true);
  }

  /** Ends a trial well. */
  async confirm(): Promise<void> {
    const { running } = this.reported;
    if (running === null) return;
    const { digest } = running;
    const outcome = {
      generation: this.reported.generation,
      digest,
      result: 'confirmed' as const,
      code: '',
      detail: '',
      atMs: 1,
    };
    await this.report({ running: { ...running, state: 'confirmed' }, activity: { kind: 'idle' }, outcome });
  }

  async #greet(online: Buffer): Promise<void> {
    const id = this.deviceId;
    await this.#mqtt.subscribeAsync(
      [this.#topics.wave(this.environment), this.#topics.desired(id), this.#topics.eventAck(id)],
      { qos: 1 },
    );
    await this.publish(this.#topics.status(id), online, true);
    await this.report();
  }

  #receive(topic: string, payload: Uint8Array): void {
    const address = parseTopic('default', topic);
    if (address?.kind === 'ack') this.acknowledged.push(decodeMessage(eventAckSchema, payload, 'ack').upTo);
    if (address?.kind === 'wave') this.#wave = decodeMessage(waveDocumentSchema, payload, 'wave');
    if (address?.kind === 'desired') this.#desired = decodeMessage(desiredDocumentSchema, payload, 'desired');
    void this.#arbitrate();
  }

  async #arbitrate(): Promise<void> {
    const desired = this.#desired;
    const wave = this.#wave;
    if (desired === null) return;
    const isNews = wave !== null && (wave.since === undefined || wave.rolloutId !== this.taken.at(-1)?.rolloutId);
    const isMeant = isNews && this.#isIn(wave.cohort, desired.admission);
    const newest = isMeant && wave.generation > desired.generation ? wave : desired;
    if (newest.generation <= this.reported.generation) return;
    this.taken.push({ generation: newest.generation, rolloutId: newest.rolloutId, instruction: newest.instruction });
    this.reported = { ...this.reported, generation: newest.generation };
    await this.#follow(newest.instruction);
  }

  #isIn(cohort: Cohort, admission: number): boolean {
    return isInCohort(cohort, { deviceId: this.deviceId, kind: 'native', site: this.#site, admission });
  }

  async #follow(instruction: Instruction): Promise<void> {
    if (instruction.kind === 'deploy') return this.#deploy(instruction.package, instruction.stagedIn);
    if (instruction.kind === 'stage') return this.#stage(instruction.package, instruction.slot);
    if (instruction.kind === 'rollback') return this.#rollBack(instruction.from);
    return this.report();
  }

  async #stage({ digest, name, version }: PackageIdentity, slot: SlotName): Promise<void> {
    const { generation, slots } = this.reported;
    const held = { state: 'staged' as const, package: { digest, name, version }, bytes: 1, failure: null };
    const outcome = { generation, digest, result: 'staged' as const, code: '', detail: 'scripted', atMs: 1 };
    await this.report({ slots: { ...slots, [slot]: held }, outcome });
  }

  async #deploy({ digest, name, version }: PackageIdentity, slot: SlotName = 'blue'): Promise<void> {
    const { generation, running } = this.reported;
    const ended = { generation, digest, detail: 'scripted', atMs: 1 };
    switch (this.script) {
      case 'ignore':
        return;
      case 'refuse':
        return this.report({ outcome: { ...ended, result: 'refused', code: 'STORAGE_FULL' } });
      case 'revert':
        return this.report({ outcome: { ...ended, result: 'reverted', code: 'error-rate' }, quarantined: [digest] });
      default: {
        if (running?.digest === digest) return this.confirm();
        const slots = {
          ...this.reported.slots,
          [otherSlot(slot)]: { state: 'confirmed' as const, package: packageOf(running), bytes: 1, failure: null },
        };
        const next = { digest, name, version, slot, state: 'trial' as const, sinceMs: 1 };
        await this.report({ running: next, slots });
        if (this.script === 'confirm') await this.confirm();
      }
    }
  }

  async #rollBack(from: readonly string[] | null): Promise<void> {
    const { running, slots, generation } = this.reported;
    const slot = otherSlot(running?.slot ?? 'green');
    const back = slots[slot].package;
    if (running === null || back === null || (from !== null && !from.includes(running.digest))) return this.report();
    const outcome = {
      generation,
      digest: running.digest,
      result: 'rolled-back' as const,
      code: '',
      detail: '',
      atMs: 1,
    };
    await this.report({ running: { ...back, slot, state: 'confirmed', sinceMs: 1 }, outcome });
  }
}

function packageOf(running: ReportedState['running']): PackageIdentity | null {
  return running === null ? null : { digest: running.digest, name: running.name, version: running.version };
}
