import {
  buildNetworkImage,
  encodePackage,
  manifestSchema,
  parseSigningKey,
  parseWith,
  signPackage,
} from '@liquid-lln/protocol';
import { randomCfc } from '../kernel/networks.js';

const sizes = { inputs: 4, units: 40, backbone: 60 };

/**
 * A package of some 40 KB. Its golden vector has the right size and nobody computed it: the coordinator runs no network,
 * and the gateways are simulated.
 */
export function makeBenchPackage(version: string, seed: number, privateKeyPem: string): Uint8Array {
  const { inputs, units } = sizes;
  const network = randomCfc(sizes, seed);
  const image = buildNetworkImage(network, { defaultTimeStep: 1 });
  const manifest = parseWith(
    manifestSchema,
    {
      name: 'bench',
      version,
      description: 'what the bench deploys',
      createdMs: 1_760_000_000_000,
      kernelAbi: 1,
      network: {
        cell: 'cfc',
        mode: 'default',
        mixedMemory: false,
        inputSize: inputs,
        units,
        outputSize: units,
        wiring: null,
        parameters: sizes.backbone * (inputs + units + 1) + 4 * units * (sizes.backbone + 1),
      },
      inputs: Array.from({ length: inputs }, (_, index) => ({ name: `in${index}`, unit: '' })),
      normalisation: null,
      outputs: {
        channels: Array.from({ length: units }, (_, index) => ({ name: `out${index}`, unit: '' })),
        kind: 'values',
        labels: null,
        range: [-1.5, 1.5],
      },
      timeStep: { unit: 'second', default: 1 },
      budgets: {
        latencyMs: 5,
        energyMw: null,
        accuracy: 0.97,
        memoryKb: null,
        temperatureMinC: -10,
        temperatureMaxC: 60,
      },
      baseline: null,
      goldenVectors: [
        {
          steps: 1,
          inputs: new Uint8Array(4 * inputs),
          timeSteps: new Uint8Array(4),
          outputs: new Uint8Array(4 * units),
          stateFinal: new Uint8Array(4 * units),
        },
      ],
      datasets: [],
      provenance: [],
    },
    'manifest of the bench',
  );
  return signPackage(encodePackage(manifest, image), parseSigningKey(privateKeyPem));
}
