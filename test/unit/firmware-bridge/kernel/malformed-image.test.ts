import { loadKernel } from '@liquid-lln/firmware-bridge';
import { buildNetworkImage, crc32, isLlnError, readImageHeader } from '@liquid-lln/protocol';
import t from 'tap';
import { exampleNetwork, exampleNetworks } from '../../../support/example-networks.js';

const kernel = loadKernel();
const build = (name: string) => buildNetworkImage(exampleNetwork(name), { defaultTimeStep: 1 });

interface Damage {
  readonly what: string;
  readonly of: string;
  readonly damage: (view: DataView) => void;
}

const u8 = (what: string, of: string, offset: number, value: number): Damage => {
  return { what, of, damage: (view) => view.setUint8(offset, value) };
};
const u16 = (what: string, of: string, offset: number, value: number): Damage => {
  return { what, of, damage: (view) => view.setUint16(offset, value, true) };
};
const u32 = (what: string, of: string, offset: number, value: number): Damage => {
  return { what, of, damage: (view) => view.setUint32(offset, value, true) };
};
const f32 = (what: string, of: string, offset: number, value: number): Damage => {
  return { what, of, damage: (view) => view.setFloat32(offset, value, true) };
};

/** Every field of the header with a value that it may not have, the checksum made right again. */
const headerDamages: readonly Damage[] = [
  u8('magic', 'gru', 0, 0x6c),
  u16('abi', 'gru', 4, 2),
  u16('header length', 'gru', 6, 96),
  u32('total length', 'gru', 8, 64),
  u8('cell 0', 'gru', 16, 0),
  u8('cell 5', 'gru', 16, 5),
  u8('mode 3 of a CfC', 'cfc-tanh', 17, 3),
  u8('mode of a GRU', 'gru', 17, 1),
  u8('mode of an LTC', 'ltc-mapped', 17, 2),
  u8('activation 0 with a backbone', 'cfc-tanh', 18, 0),
  u8('activation 6', 'cfc-tanh', 18, 6),
  u8('activation without a backbone', 'cfc-pure-memory', 18, 1),
  u8('unknown flag', 'gru', 19, 32 + 5),
  u8('input map of a GRU', 'gru', 19, 5 + 8),
  u8('output map of a CfC', 'cfc-tanh', 19, 16),
  u8('memory of a GRU', 'gru', 19, 5 + 2),
  u16('no input', 'gru', 20, 0),
  u16('too many inputs', 'gru', 20, 4097),
  u16('no unit', 'gru', 22, 0),
  u16('too many units', 'gru', 22, 4097),
  u16('no output', 'gru', 24, 0),
  u16('too many outputs', 'gru', 24, 4097),
  u16('output size without a readout', 'cfc-tanh', 24, 5),
  u16('cell output start of a GRU', 'gru', 26, 1),
  u16('cell output start of an LTC', 'ltc-mapped', 26, 1),
  u16('cell output start of a wiring', 'cfc-wired', 26, 14),
  u16('no cell output', 'gru', 28, 0),
  u16('more cell outputs than units', 'gru', 28, 13),
  u16('fewer cell outputs than units', 'gru', 28, 11),
  u16('four backbone layers', 'cfc-tanh', 30, 4),
  u16('layers of a GRU', 'gru', 30, 1),
  u16('wiring without layers', 'cfc-wired', 30, 0),
  u16('wiring of nine layers', 'cfc-wired', 30, 9),
  u16('LTC without unfolds', 'ltc-mapped', 32, 0),
  u16('too many unfolds', 'ltc-mapped', 32, 257),
  u16('unfolds of a GRU', 'gru', 32, 6),
  u16('no table', 'gru', 34, 0),
  u16('too many tables', 'gru', 34, 20),
  f32('negative epsilon', 'ltc-mapped', 36, -1),
  f32('epsilon NaN', 'ltc-mapped', 36, Number.NaN),
  f32('infinite epsilon', 'ltc-mapped', 36, Number.POSITIVE_INFINITY),
  f32('epsilon of a GRU', 'gru', 36, 0.5),
  f32('default time step 0', 'gru', 40, 0),
  f32('negative default time step', 'gru', 40, -1),
  f32('default time step NaN', 'gru', 40, Number.NaN),
  f32('infinite default time step', 'gru', 40, Number.POSITIVE_INFINITY),
  ...Array.from({ length: 20 }, (_, i) => u8(`reserved byte ${44 + i}`, 'gru', 44 + i, 1)),
];

/** Directory and tables of the GRU: records at 64 (normalisation), 80, 96 (matrices), 112 (readout), tables from 128. */
const tableDamages: readonly Damage[] = [
  u16('a table too few', 'gru', 34, 3),
  u16('a table too many', 'gru', 34, 5),
  u32('table elsewhere', 'gru', 64, 160),
  u32('table behind the end', 'gru', 64, 0xffffffe0),
  u16('vectors with inputs', 'gru', 68, 1),
  u16('vectors of another length', 'gru', 70, 5),
  u16('one vector only', 'gru', 72, 1),
  u16('vectors of another kind', 'gru', 74, 1),
  u32('reserved word of a record', 'gru', 76, 1),
  u16('matrix over another vector', 'gru', 84, 5),
  u16('matrix with other outputs', 'gru', 86, 11),
  u16('matrix with two heads', 'gru', 88, 2),
  u16('matrix of kind 0', 'gru', 90, 0),
  u16('matrix of kind 5', 'gru', 90, 5),
  u16('dense matrix taken for a masked one', 'gru', 90, 2),
  u16('backbone of no width', 'cfc-tanh', 70, 0),
  u16('backbone of 65535', 'cfc-tanh', 70, 65_535),
  u16('layer of the wiring larger than the units', 'cfc-wired', 70, 19),
  u16('layer of the wiring of another size', 'cfc-wired', 70, 8),
  // cfc-wired: 6 records end at 160; the first table's first panel has its count there and its columns behind it.
  u32('column count beyond the inputs', 'cfc-wired', 160, 14),
  u32('column count of four thousand million', 'cfc-wired', 160, 0xffffffff),
  u16('column beyond the inputs', 'cfc-wired', 164, 13),
  u16('column twice', 'cfc-wired', 166, 0),
  // ltc-plain-memory: 4 records end at 128, the memory takes 4 heads x 2 panels x 16 rows x 32 bytes. The sensory
  // synapses after it are one panel: targets 6 5 7 8 2 3 4 and an unused lane, with 3 2 2 2 1 1 1 synapses.
  ...synapseDamages('ltc-plain-memory', 128 + 4 * 2 * 16 * 32),
];

function synapseDamages(of: string, table: number): Damage[] {
  const panel = table + 32;
  return [
    u32('more panels than targets', of, table, 3),
    u32('fewer panels than bytes', of, table, 0),
    u32('reserved word of the synapses', of, table + 4, 1),
    u16('target beyond the units', of, panel, 11),
    u16('target twice', of, panel + 2, 6),
    u16('unused lane with synapses', of, panel, 0xffff),
    u16('lane without a synapse', of, panel + 16 + 12, 0),
    u16('lane longer than the one before', of, panel + 18, 5),
    u16('lane deeper than the inputs', of, panel + 16, 5),
    u16('source beyond the inputs', of, panel + 32, 4),
  ];
}

function damaged({ of, damage }: Damage): Uint8Array {
  const image = build(of);
  const view = new DataView(image.buffer);
  damage(view);
  return resealed(image);
}

/** The image with its checksum made right. */
function resealed(image: Uint8Array): Uint8Array {
  const view = new DataView(image.buffer, image.byteOffset, image.length);
  view.setUint32(12, 0, true);
  view.setUint32(12, crc32(image), true);
  return image;
}

function isRefused(check: () => unknown): boolean {
  try {
    check();
    return false;
  } catch (error) {
    if (isLlnError(error, 'IMAGE_INVALID') || isLlnError(error, 'IMAGE_ABI_UNSUPPORTED')) return true;
    throw error;
  }
}

t.test('a whole image is accepted by both readers', async (t) => {
  for (const { name } of exampleNetworks()) {
    const image = build(name);
    t.equal(readImageHeader(image).totalBytes, image.length, name);
    const network = kernel.open(image);
    t.equal(network.units, readImageHeader(image).units, name);
    network.close();
  }
});

for (const damage of headerDamages) {
  t.test(`header: ${damage.what} is refused in TypeScript and in C`, async (t) => {
    t.ok(
      isRefused(() => readImageHeader(damaged(damage))),
      'readImageHeader',
    );
    t.ok(
      isRefused(() => kernel.open(damaged(damage))),
      'the kernel',
    );
  });
}

for (const damage of tableDamages) {
  t.test(`tables: ${damage.what} is refused`, async (t) => {
    t.ok(isRefused(() => kernel.open(damaged(damage))));
  });
}

t.test('a foreign ABI has a code of its own', async (t) => {
  const image = damaged(u16('abi', 'gru', 4, 2));
  t.throws(() => readImageHeader(image), { code: 'IMAGE_ABI_UNSUPPORTED' });
  t.throws(() => kernel.open(image), { code: 'IMAGE_ABI_UNSUPPORTED' });
});

t.test('every truncation is refused by both readers', async (t) => {
  const image = build('ltc-mapped');
  for (let length = 0; length < image.length; length++) {
    const part = image.slice(0, length);
    if (!isRefused(() => readImageHeader(part))) t.fail(`readImageHeader accepts ${length} bytes`);
    if (!isRefused(() => kernel.open(part))) t.fail(`the kernel accepts ${length} bytes`);
  }
});

t.test('every flipped bit is noticed by the checksum', async (t) => {
  const image = build('cfc-wired');
  for (let bit = 0; bit < image.length * 8; bit++) {
    const flipped = image.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    if (!isRefused(() => readImageHeader(flipped))) t.fail(`readImageHeader misses bit ${bit}`);
    if (!isRefused(() => kernel.open(flipped))) t.fail(`the kernel misses bit ${bit}`);
  }
});

t.test('an image that asks for more work than a step may take is refused', async (t) => {
  const example = exampleNetwork('ltc-plain-memory');
  if (example.cell.kind !== 'ltc') throw new Error('the example is an LTC');
  const units = 512;
  const all = (from: number) => ({
    from,
    weight: new Float32Array(from * units).fill(1),
    sigma: new Float32Array(from * units).fill(1),
    mu: new Float32Array(from * units),
    reversal: new Float32Array(from * units).fill(1),
    mask: new Uint8Array(from * units).fill(1),
  });
  const ones = new Float32Array(units).fill(1);
  const image = buildNetworkImage(
    {
      ...example,
      memory: null,
      units,
      cell: {
        ...example.cell,
        unfolds: 256,
        sensory: all(example.inputSize),
        recurrent: all(units),
        leakConductance: ones,
        leakPotential: ones,
        capacitance: ones,
      },
    },
    { defaultTimeStep: 1 },
  );
  t.throws(() => kernel.open(image), { code: 'IMAGE_INVALID', message: /too many operations/ });
});
