import {
  findOutputFault,
  labelOf,
  parseInferenceRequest,
  parseLenientJson,
  probesDue,
} from '@liquid-lln/agent/testing';
import { defaultPolicy, isLlnError } from '@liquid-lln/protocol';
import fc from 'fast-check';
import t from 'tap';

const shape = { inputSize: 2, timeStepDefault: 0.5 };

t.test('a single step takes the default time step', async (t) => {
  const { steps, inputs, timeSteps, isSequence } = parseInferenceRequest({ input: [1, 2] }, shape);
  t.same([steps, [...inputs], [...timeSteps], isSequence], [1, [1, 2], [0.5], false]);
});

t.test('a sequence takes one time step for all or one for each', async (t) => {
  const one = parseInferenceRequest(
    {
      inputs: [
        [1, 2],
        [3, 4],
      ],
      dt: 2,
    },
    shape,
  );
  const each = parseInferenceRequest(
    {
      inputs: [
        [1, 2],
        [3, 4],
      ],
      dt: [2, 3],
    },
    shape,
  );
  t.same([...one.timeSteps], [2, 2]);
  t.same([...each.timeSteps], [2, 3]);
  t.same([...each.inputs], [1, 2, 3, 4]);
});

t.test('whatever comes is either a request or INPUT_INVALID', async () => {
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.record({ input: fc.anything(), dt: fc.anything() })), (body) => {
      try {
        const { inputs } = parseInferenceRequest(body, shape);
        return inputs.every((value) => Number.isFinite(value));
      } catch (error) {
        return isLlnError(error, 'INPUT_INVALID');
      }
    }),
  );
});

t.test('a bare NaN is found where it is, and a quoted one stays a string', async (t) => {
  t.same(parseLenientJson('{"input":[1, NaN,-Infinity ]}'), { input: [1, 'NaN', '-Infinity'] });
  t.throws(() => parseLenientJson('{"input":[NaNa]}'), { code: 'INPUT_INVALID' });
});

t.test('outputs that cannot be right are found', async (t) => {
  const range: [number, number] = [-1, 1];
  t.equal(findOutputFault(Float32Array.of(1, -1), { range }), null);
  t.match(findOutputFault(Float32Array.of(0, 1.5), { range }), /output\[1\] is 1.5, outside -1 to 1/);
  t.match(findOutputFault(Float32Array.of(Number.NaN), { range: null }), /output\[0\] is NaN/);
});

t.test('the label is that of the largest output, the first of equals', async (t) => {
  const labels = ['empty', 'occupied', 'crowded'];
  t.equal(labelOf(Float32Array.of(0.1, 0.9, 0.9), { kind: 'logits', labels }), 'occupied');
  t.equal(labelOf(Float32Array.of(0.1, 0.9, 0.9), { kind: 'values', labels }), null);
});

t.test('probes fill up what live traffic leaves open, at no more than their rate', async (t) => {
  const progress = { elapsedSeconds: 29, inferences: 0, errors: 0, probes: 0, probeErrors: 0 };
  t.equal(probesDue(progress, defaultPolicy), 20);
  t.equal(probesDue({ ...progress, inferences: 145 }, defaultPolicy), 4);
  t.equal(probesDue({ ...progress, inferences: 149 }, defaultPolicy), 0);
});
