import { graphOf, randomCfc, writeOnnxModel } from '@liquid-lln/tools';
import t from 'tap';

/** Fields of a message, in order; bytes are kept as they are. */
function fieldsOf(bytes: Uint8Array): { field: number; value: number | Uint8Array }[] {
  const fields: { field: number; value: number | Uint8Array }[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const number = varint();
    if (key % 8 === 2) at += number;
    fields.push({ field: key >> 3, value: key % 8 === 2 ? bytes.subarray(at - number, at) : number });
  }
  return fields;
}

function messagesOf(bytes: Uint8Array, field: number): Uint8Array[] {
  return fieldsOf(bytes).flatMap((one) => (one.field === field && typeof one.value !== 'number' ? [one.value] : []));
}

function textsOf(bytes: Uint8Array, field: number): string[] {
  return messagesOf(bytes, field).map((text) => new TextDecoder().decode(text));
}

const graph = graphOf(randomCfc({ inputs: 2, units: 3, backbone: 5 }, 1), 4);
const model = writeOnnxModel(graph);
const [written = new Uint8Array()] = messagesOf(model, 7);

t.test('a model names its versions and has one graph', async (t) => {
  const fields = fieldsOf(model);
  t.equal(fields.find(({ field }) => field === 1)?.value, 8, 'of the format');
  t.same([...(messagesOf(model, 8)[0] ?? [])], [0x0a, 0x00, 0x10, 13], 'of the operators');
  t.equal(messagesOf(model, 7).length, 1);
});

t.test('inputs and outputs carry their names', async (t) => {
  t.same(
    messagesOf(written, 11).flatMap((input) => textsOf(input, 1)),
    ['input', 'state', 'time_step'],
  );
  t.same(
    messagesOf(written, 12).flatMap((output) => textsOf(output, 1)),
    [graph.output.name],
  );
});

t.test('every node reads only what was there before it', async (t) => {
  const known = new Set([
    ...messagesOf(written, 11).flatMap((input) => textsOf(input, 1)),
    ...messagesOf(written, 5).flatMap((constant) => textsOf(constant, 8)),
  ]);
  const nodes = messagesOf(written, 1);
  t.equal(nodes.length, graph.nodes.length);
  for (const node of nodes) {
    const unknown = textsOf(node, 1).filter((name) => !known.has(name));
    t.same(unknown, [], textsOf(node, 4)[0] ?? 'a node without an operator');
    for (const output of textsOf(node, 2)) known.add(output);
  }
  t.ok(known.has(graph.output.name));
});

t.test('constants have as many bytes as their shape says', async (t) => {
  const constants = messagesOf(written, 5);
  t.not(constants.length, 0);
  for (const constant of constants) {
    const fields = fieldsOf(constant);
    const numbers = (field: number) => fields.flatMap((one) => (one.field === field ? [Number(one.value)] : []));
    const bytesEach = numbers(2)[0] === 1 ? 4 : 8;
    const count = numbers(1).reduce((product, size) => product * size, 1);
    t.equal(messagesOf(constant, 9)[0]?.length, count * bytesEach, textsOf(constant, 8)[0] ?? '');
  }
});
