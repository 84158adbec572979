import { bytes, count, isLlnError, type SlotName } from '@liquid-lln/protocol';
import * as v from 'valibot';
import { commands, groups } from '../board/domain/commands.js';
import { toBytes, toFloats } from '../board/domain/floats.js';
import { slotNumberOf, slotOf } from '../board/domain/info.js';
import { networkRc } from '../board/domain/refusal.js';
import type { SmpMessage } from '../board/domain/smp-message.js';
import type { KernelNetwork, KernelState } from '../kernel/network.js';
import { MockFailure } from './mock-failure.js';
import type { MockSlots } from './mock-slots.js';

type Payload = Readonly<Record<string, unknown>>;

const slotNumber = v.picklist([0, 1]);
const inferSchema = v.object({
  in: bytes,
  dt: bytes,
  n: v.optional(count, 1),
  slot: v.optional(slotNumber),
  st: v.optional(bytes),
  rs: v.optional(v.boolean(), false),
});
const verifySchema = v.object({
  slot: slotNumber,
  off: count,
  n: count,
  in: bytes,
  dt: bytes,
  out: bytes,
  st: v.optional(bytes),
});

const stepsSchema = v.object({ n: v.optional(count, 1) });

/** How many steps a request of `infer` or `verify` asks for; 0 for what is none. */
export function stepsOf({ group, command, payload }: SmpMessage): number {
  const isRun = group === groups.network && [commands.infer.id, commands.verify.id].includes(command);
  const request = isRun ? v.safeParse(stepsSchema, payload) : null;
  return request?.success === true ? request.output.n : 0;
}

/** Room for the answer's header, keys and lengths. */
const answerOverheadBytes = 96;

interface Place {
  readonly slot: SlotName;
  readonly steps: number;
  readonly state: KernelState;
}

/** Inference and verification of docs/spec/board.md, section 5, computed by the host's kernel. */
export class MockNetworkCommands {
  inferences = 0;
  errors = 0;
  /** A bit that this board gets wrong: in the output with this number, counted over a vector. */
  wrongOutput: number | null = null;
  readonly #slots: MockSlots;
  readonly #messageBytesMax: number;
  /** How far the golden vector has come that is being compared. */
  #place: Place | null = null;

  constructor(slots: MockSlots, messageBytesMax: number) {
    this.#slots = slots;
    this.#messageBytesMax = messageBytesMax;
  }

  forget(): void {
    this.#place = null;
    this.inferences = 0;
    this.errors = 0;
  }

  infer(payload: Payload): Payload {
    const request = v.parse(inferSchema, payload);
    const slot = request.slot === undefined ? this.#slots.live : slotOf(request.slot);
    const network = this.#network(slot);
    const state = network.createState();
    if (request.st !== undefined) copyState(request.st, state);
    const answerBytes = answerOverheadBytes + request.n * network.outputSize * 4 + state.values.byteLength;
    if (answerBytes > this.#messageBytesMax) throw failure(networkRc.tooManySteps);
    const out = this.#run(network, state, request);
    this.inferences += request.n;
    const st = request.rs ? { st: toBytes(state.values) } : {};
    return { out: toBytes(out), slot: slotNumberOf(slot ?? 'blue'), us: request.n, cy: 480 * request.n, ...st };
  }

  verify(payload: Payload): Payload {
    const request = v.parse(verifySchema, payload);
    const slot = slotOf(request.slot);
    const network = this.#network(slot);
    const place = request.off === 0 ? { slot, steps: 0, state: network.createState() } : this.#place;
    if (place === null || place.slot !== slot || place.steps !== request.off) throw failure(networkRc.outOfOrder);
    const outputs = toBytes(this.#run(network, place.state, request));
    this.#spoil(outputs, place.steps * network.outputSize);
    const first = place.steps * network.outputSize;
    const difference =
      findDifference('out', outputs, request.out, first) ??
      (request.st === undefined ? null : findDifference('st', toBytes(place.state.values), request.st, 0));
    this.#place = difference === null ? { ...place, steps: place.steps + request.n } : null;
    return difference ?? { ok: true };
  }

  #spoil(outputs: Uint8Array, first: number): void {
    if (this.wrongOutput === null) return;
    const at = (this.wrongOutput - first) * 4;
    const byte = outputs[at];
    if (at >= 0 && byte !== undefined) outputs[at] = byte ^ 1;
  }

  #run(network: KernelNetwork, state: KernelState, request: Payload & { n: number; in: Uint8Array; dt: Uint8Array }) {
    const outputs = new Float32Array(request.n * network.outputSize);
    try {
      network.stepSequence(state, toFloats(request.in, 'in'), toFloats(request.dt, 'dt'), outputs);
    } catch (error) {
      this.errors += 1;
      throw isLlnError(error, 'INPUT_INVALID') ? failure(networkRc.size) : error;
    }
    return outputs;
  }

  #network(slot: SlotName | null): KernelNetwork {
    const network = slot === null ? null : (this.#slots.slot(slot)?.network ?? null);
    if (network === null) throw failure(networkRc.noNetwork);
    return network;
  }
}

function copyState(from: Uint8Array, to: KernelState): void {
  const values = toFloats(from, 'st');
  if (values.length !== to.values.length) throw failure(networkRc.size);
  to.values.set(values);
}

function findDifference(what: 'out' | 'st', actual: Uint8Array, wanted: Uint8Array, first: number): Payload | null {
  if (actual.length !== wanted.length) throw failure(networkRc.size);
  const got = new DataView(actual.buffer, actual.byteOffset, actual.length);
  const want = new DataView(wanted.buffer, wanted.byteOffset, wanted.length);
  for (let at = 0; at < actual.length; at += 4) {
    const bits = { want: want.getUint32(at, true), got: got.getUint32(at, true) };
    if (bits.want !== bits.got) return { ok: false, what, at: first + at / 4, ...bits };
  }
  return null;
}

function failure(rc: number): MockFailure {
  return new MockFailure(groups.network, rc);
}
