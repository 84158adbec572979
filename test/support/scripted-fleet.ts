import { gatewayIdSchema, parseWith } from '@liquid-lln/protocol';
import type { Test } from 'tap';
import { CoordinatorProcess } from './coordinator-process.js';
import { eventually } from './eventually.js';
import { OperatorClient } from './operator-client.js';
import { ScriptedDevice, type ScriptedDeviceInit } from './scripted-device.js';
import { testKeys } from './signed-package.js';

export interface ScriptedFleet {
  /** The process that runs now. */
  coordinator: CoordinatorProcess;
  readonly operator: OperatorClient;
  readonly devices: ScriptedDevice[];
  /** Starts the coordinator again on the same data and port. */
  restart(): Promise<void>;
  /** Enrols and connects one more device. */
  join(init: Partial<ScriptedDeviceInit> & { gatewayId: string }): Promise<ScriptedDevice>;
}

/** A coordinator in a temporary folder, an operator, and devices `gw-1`, `gw-2`, ...; all end with the test. */
export function startScriptedFleet(t: Test, devices: number, port = 0): Promise<ScriptedFleet> {
  return scriptFleet(t, t.testdir({ trusted: { 'test.pub': testKeys.publicPem } }), devices, port);
}

/** The same in a folder of the test's own. */
export async function scriptFleet(t: Test, dataDir: string, devices: number, port = 0): Promise<ScriptedFleet> {
  const coordinator = await CoordinatorProcess.start(dataDir, port);
  const operator = await OperatorClient.connect(coordinator.operator);
  const fleet: ScriptedFleet = {
    coordinator,
    operator,
    devices: [],
    restart: async () => {
      fleet.coordinator = await CoordinatorProcess.start(dataDir, coordinator.port);
    },
    join: async (init) => {
      const gatewayId = parseWith(gatewayIdSchema, init.gatewayId, 'gateway id');
      const { password } = await operator.request({ kind: 'enrol', gatewayId });
      const device = await ScriptedDevice.connect({ url: coordinator.url, password, ...init });
      fleet.devices.push(device);
      return device;
    },
  };
  t.teardown(async () => {
    await Promise.all([operator.disconnect(), ...fleet.devices.map((device) => device.disconnect())]);
    await fleet.coordinator.kill();
  });
  for (let number = 1; number <= devices; number += 1) await fleet.join({ gatewayId: `gw-${number}` });
  if (devices > 0) await eventually('all devices are admitted', () => isKnown(operator, devices));
  return fleet;
}

async function isKnown(operator: OperatorClient, devices: number): Promise<boolean> {
  const reply = await operator.ask({ kind: 'devices', target: { name: 'all', environment: null } });
  return reply.of === 'devices' && reply.devices.length === devices;
}
