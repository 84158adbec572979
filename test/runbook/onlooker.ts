import { readFileSync } from 'node:fs';
import { type DeviceCommand, decodeCbor, decodeMessage, deviceCommandSchema, parseTopic } from '@liquid-lln/protocol';
import { connectAsync, type MqttClient } from 'mqtt';
import * as v from 'valibot';

const agentConfigFile = v.object({
  broker: v.object({ url: v.string(), username: v.string(), password: v.string() }),
});
const retainedMsMax = 5_000;
const root = 'lln/v1/default';

/** Reads along on MQTT what is said to a gateway and its board, with the gateway's own credentials. */
export class Onlooker {
  readonly #mqtt: MqttClient;
  readonly #commands: { readonly device: string; readonly command: DeviceCommand }[] = [];

  private constructor(mqtt: MqttClient) {
    this.#mqtt = mqtt;
    mqtt.on('message', (topic, payload) => {
      const address = parseTopic('default', topic);
      if (address?.kind !== 'command') return;
      const command = decodeMessage(deviceCommandSchema, payload, 'command');
      this.#commands.push({ device: address.device, command });
    });
  }

  /** @param configFile of the gateway's agent */
  static async open(configFile: string, deviceIds: readonly string[]): Promise<Onlooker> {
    const { url, username, password } = v.parse(agentConfigFile, JSON.parse(readFileSync(configFile, 'utf8'))).broker;
    const mqtt = await connectAsync(url, { clientId: 'onlooker', username, password });
    const onlooker = new Onlooker(mqtt);
    await mqtt.subscribeAsync(
      deviceIds.map((deviceId) => `${root}/device/${deviceId}/command/+`),
      { qos: 1 },
    );
    return onlooker;
  }

  /** What a device has been told to measure, oldest first; what is said again to keep it going is there again. */
  measurementsOf(deviceId: string): Extract<DeviceCommand, { kind: 'measure' }>['spec'][] {
    return this.#commands.flatMap(({ device, command }) =>
      device === deviceId && command.kind === 'measure' ? [command.spec] : [],
    );
  }

  /** The newest message of a topic, which the broker keeps. */
  async retained(topic: string): Promise<unknown> {
    const full = `${root}/${topic}`;
    const message = new Promise<Buffer>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nothing is retained at ${topic}`)), retainedMsMax);
      const listen = (of: string, payload: Buffer) => {
        if (of !== full) return;
        clearTimeout(timer);
        this.#mqtt.off('message', listen);
        resolve(payload);
      };
      this.#mqtt.on('message', listen);
    });
    await this.#mqtt.subscribeAsync(full, { qos: 1 });
    const payload = await message;
    await this.#mqtt.unsubscribeAsync(full);
    return decodeCbor(payload, topic);
  }

  async close(): Promise<void> {
    await this.#mqtt.endAsync(true);
  }
}
