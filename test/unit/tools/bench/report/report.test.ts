import { documentOf, type Machine, renderMachine, renderMissing } from '@liquid-lln/tools';
import t from 'tap';

const machine: Machine = {
  cpu: 'Some CPU',
  cores: 2,
  architecture: 'x64',
  memoryMib: 2048,
  os: 'Linux 6',
  node: '20.20.2',
  governor: 'unknown',
  yardstickMs: 40,
  load: 0.5,
};

const figure = { case: 'small', metric: 'ns-per-step', value: 12, unit: 'ns' };

t.test('the document is flat: a row a figure', async (t) => {
  t.same(documentOf('kernel', machine, [figure]), { bench: 'kernel', machine, results: [figure] });
});

t.test('a figure that is no number, or there twice, never gets out', async (t) => {
  t.throws(() => documentOf('kernel', machine, [{ ...figure, value: Number.NaN }]), /ns-per-step of small is NaN/);
  t.throws(() => documentOf('kernel', machine, [figure, figure]), /twice/);
});

t.test('people are told that a machine is busy', async (t) => {
  t.notMatch(renderMachine(machine), /noisy/);
  t.match(renderMachine({ ...machine, load: 9 }), /noisy/);
  t.match(renderMachine(machine), /yardstick: 40 ms/, 'and how fast it is');
});

t.test('what could not be measured is said with the reason', async (t) => {
  const missing = { case: 'm7', metric: 'instructions-per-mac', reason: 'there is no arm-none-eabi-gcc' };
  t.same(renderMissing([missing]), ['not measured: instructions-per-mac of m7: there is no arm-none-eabi-gcc']);
});
