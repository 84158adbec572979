import { graphOf, randomCfc, withoutWiring } from '@liquid-lln/tools';
import t from 'tap';
import { exampleNetwork } from '../../../../support/example-networks.js';

t.test('a CfC answers with its state, for every session', async (t) => {
  const graph = graphOf(randomCfc({ inputs: 4, units: 16, backbone: 32 }, 1), 7);
  t.equal(graph.output, graph.nextState);
  t.same(graph.output.shape, [7, 16]);
  t.same(
    graph.inputs.map(({ name, shape }) => [name, ...shape]),
    [
      ['input', 7, 4],
      ['state', 7, 16],
      ['time_step', 7, 1],
    ],
  );
});

t.test('weights are turned over, so that a product reads them as rows of inputs', async (t) => {
  const network = randomCfc({ inputs: 1, units: 2, backbone: 3 }, 5);
  const [first] = graphOf(network, 1).constants;
  const { cell } = network;
  const layer = cell.kind === 'cfc' ? cell.backbone[0] : undefined;
  t.same(first?.shape, [3, 3]);
  t.equal(first?.values[1], layer?.weight[3], 'input 0 to output 1');
});

t.test('an LTC has its unfolds spelled out, and one state', async (t) => {
  const network = exampleNetwork('ltc-mapped');
  const graph = graphOf(network, 1);
  t.same(graph.nextState.shape, [1, network.units]);
  t.same(graph.output.shape, [1, network.outputSize]);
  t.equal(graph.nodes.filter(({ op }) => op === 'Sigmoid').length, 1 + 6, 'the inputs once, the neurons every unfold');
});

t.test('what no bench compares is refused', async (t) => {
  t.throws(() => graphOf(exampleNetwork('gru'), 1), /GRU/);
  t.throws(() => graphOf(exampleNetwork('cfc-tanh'), 1), /activation/);
  t.throws(() => graphOf(exampleNetwork('ltc-plain-memory'), 1), /memory/);
});

t.test('without its wiring a network keeps its sizes', async (t) => {
  const wired = exampleNetwork('ltc-mapped');
  const dense = withoutWiring(wired, 3);
  t.equal(dense.units, wired.units);
  t.ok(dense.cell.kind === 'ltc' && dense.cell.recurrent.mask.every((kept) => kept === 1));
});
