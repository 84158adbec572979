import * as v from 'valibot';
import type { LocalDevice } from '../fleet/local-fleet.js';
import { isBoard } from './boards.js';
import { postInference } from './post-inference.js';
import { simulateRoom } from './room/simulate.js';
import type { Stage } from './stage.js';

const answerSchema = v.object({
  device: v.string(),
  model: v.object({ digest: v.string() }),
  outputs: v.array(v.array(v.number())),
});

/** One session: what it asks is cut into requests, so that the state between them matters too. */
const requests = 3;
const stepsPerRequest = 40;
const session = 'same-bits';

/** What a device computed, and from which package. */
interface Computed {
  readonly digest: string;
  readonly values: readonly number[];
}

/** Asks every gateway and its board the same, and compares all that they computed by equality. */
export async function noteSameBits({ fleet, evidence }: Pick<Stage, 'fleet' | 'evidence'>, seed: number) {
  const room = simulateRoom(seed, 8 * 60);
  const readings = Array.from({ length: requests * stepsPerRequest }, () => {
    const { temperatureC, humidityPct, lightLx, co2Ppm } = room.next().value.sensors;
    return [temperatureC, humidityPct, lightLx, co2Ppm];
  });
  const boards = fleet.devices.filter(isBoard);
  if (boards.length === 0) return;
  const differences = await Promise.all(
    boards.map(async (board) => {
      const gateway = { ...board, deviceId: board.gatewayId };
      const [ofGateway, ofBoard] = await Promise.all([compute(gateway, readings), compute(board, readings)]);
      const difference = differenceOf(ofGateway, ofBoard);
      return difference === null ? [] : [`${board.deviceId}: ${difference}`];
    }),
  );
  const found = differences.flat();
  const same = `${boards.length} boards, ${readings.length} steps of a session each`;
  evidence.add('a board computes the same bits as its gateway', found.length === 0, found[0] ?? same);
}

async function compute(device: LocalDevice, readings: readonly (readonly number[])[]): Promise<Computed> {
  const values: number[] = [];
  let digest = '';
  for (let at = 0; at < readings.length; at += stepsPerRequest) {
    const inputs = readings.slice(at, at + stepsPerRequest);
    const answer = await postInference(device, { inputs, session }, answerSchema);
    if (answer.device !== device.deviceId) throw new Error(`${answer.device} answered for ${device.deviceId}`);
    values.push(...answer.outputs.flat());
    digest = answer.model.digest;
  }
  return { digest, values };
}

/** @returns where they differ, in words; null if nowhere */
export function differenceOf(gateway: Computed, board: Computed): string | null {
  if (gateway.digest !== board.digest) return 'they do not serve the same package';
  if (gateway.values.length !== board.values.length) {
    return `${board.values.length} values instead of ${gateway.values.length}`;
  }
  const at = gateway.values.findIndex((value, index) => !Object.is(value, board.values[index]));
  return at < 0 ? null : `value ${at} is ${board.values[at]} instead of ${gateway.values[at]}`;
}
