import t from 'tap';
import { longerThan, measureCFunctions, measureFile, measureFunctions, quantileOf } from './rules/lengths.js';
import { readSources } from './source-file.js';

// A ratchet: the extremes may shrink but not grow. When one shrinks, lower its number here.
const ratchet = { fileLinesMax: 450, functionLinesMax: 65, cFunctionLinesMax: 80 };

const typescript = readSources('.ts').filter(({ path }) => !path.startsWith('test/'));
const files = typescript.map(measureFile);
const functions = typescript.flatMap(measureFunctions);
const cFunctions = readSources('.c').flatMap(measureCFunctions);

t.test('files are short', async (t) => {
  t.ok(quantileOf(files, 0.5) <= 120, `the median is ${quantileOf(files, 0.5)} lines`);
  t.same(longerThan(files, ratchet.fileLinesMax), []);
});

t.test('functions are short', async (t) => {
  t.ok(quantileOf(functions, 0.5) <= 10, `the median is ${quantileOf(functions, 0.5)} lines`);
  t.ok(quantileOf(functions, 0.95) <= 40, `95 % have at most ${quantileOf(functions, 0.95)} lines`);
  t.same(longerThan(functions, ratchet.functionLinesMax), []);
});

t.test('C functions are short', async (t) => {
  t.not(cFunctions.length, 0, 'there is something to look at');
  t.ok(quantileOf(cFunctions, 0.95) <= 60, `95 % have at most ${quantileOf(cFunctions, 0.95)} lines`);
  t.same(longerThan(cFunctions, ratchet.cFunctionLinesMax), []);
});
