import { CaseFigures, countSynapses, criticalPathOf, randomCfc, renderFigures, withoutWiring } from '@liquid-lln/tools';
import t from 'tap';
import { exampleNetwork } from '../../../../support/example-networks.js';

const rounds = new Map([
  ['kernel', [100, 200, 110]],
  ['onnxruntime-node', [6000, 14000, 6600]],
]);

t.test('the kernel is reported with its spread, a peer with its ratio', async (t) => {
  const figures = new CaseFigures('small', rounds).addKernel().addPeers().finish();
  t.same(
    figures.map(({ metric, value, unit }) => [metric, value, unit]),
    [
      ['ns-per-step', 110, 'ns'],
      ['ns-per-step-min', 100, 'ns'],
      ['ns-per-step-max', 200, 'ns'],
      ['steps-per-second', 9_091_000, '1/s'],
      ['ns-per-step-onnxruntime-node', 6600, 'ns'],
      ['ratio-to-onnxruntime-node', 60, 'x'],
    ],
  );
});

t.test('who did not take part has no figure', async (t) => {
  t.throws(() => new CaseFigures('small', rounds).addRatio('tfjs-wasm'), /tfjs-wasm did not take part in small/);
});

t.test('the table has a line for every case, and no figure is lost', async (t) => {
  const figures = new CaseFigures('small', rounds).addKernel().addPeers().add('odd-one', 3, 'x').finish();
  const text = renderFigures(figures);
  t.match(text, /small .*110 .*6600 .*60/);
  t.match(text, /small: odd-one 3 x/);
});

t.test('synapses are counted as the wiring keeps them', async (t) => {
  t.equal(countSynapses(randomCfc({ inputs: 4, units: 16, backbone: 32 }, 1)), 20 * 32 + 32 * 64);
  const wired = exampleNetwork('cfc-wired');
  const { cell } = wired;
  const layers = cell.kind === 'wired-cfc' ? cell.layers : [];
  const all = layers.reduce((sum, { ff1 }) => sum + 4 * ff1.weight.length, 0);
  t.ok(countSynapses(wired) < all && countSynapses(wired) > all / 2, 'the heads of time are dense');
});

t.test('the layers of a wiring wait for each other', async (t) => {
  const wired = exampleNetwork('cfc-wired');
  const { cell, units, inputSize, readout } = wired;
  const layers = cell.kind === 'wired-cfc' ? cell.layers : [];
  const last = readout?.inputs ?? 0;
  t.ok(layers.length > 1);
  t.same(criticalPathOf(wired), {
    multiplyAdds: layers.reduce((sum, { ff1 }) => sum + ff1.inputs, last),
    activations: layers.length,
  });
  t.same(criticalPathOf({ ...withoutWiring(wired, 1), readout: null }), {
    multiplyAdds: inputSize + units,
    activations: 1,
  });
  t.equal(criticalPathOf(randomCfc({ inputs: 4, units: 16, backbone: 32 }, 1)), null);
});

t.test('a ratio may be between two others than the kernel', async (t) => {
  const [figure] = new CaseFigures('small', rounds).addRatio('kernel', 'slower', 'onnxruntime-node').finish();
  t.equal(figure?.value, 0.01667);
});
