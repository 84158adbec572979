import { buildNetworkImage } from '@liquid-lln/protocol';
import { randomCfc } from '@liquid-lln/tools';

/** Of a network whose steps are long on a line, and its state too. */
export const wideImage: Uint8Array = buildNetworkImage(randomCfc({ inputs: 16, units: 16, backbone: 16 }, 1), {
  defaultTimeStep: 1,
});
