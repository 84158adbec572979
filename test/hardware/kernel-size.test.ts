import { boardFault, compileForBoard, measureFlash, measureNetwork, sizedNetworks } from '@liquid-lln/tools';
import t from 'tap';

/** What a board must set aside: as much as is measured, and room for the next compiler. */
const stackBytesMax = 640;
const flashBytesMax = 18_000;

t.setTimeout(240_000);

const fault = boardFault();

t.test('the kernel stays small on a Cortex-M7', { skip: fault ?? false }, async (t) => {
  const program = compileForBoard('size_m7.c');
  const flash = measureFlash(program);
  const total = flash.reduce((sum, { bytes }) => sum + bytes, 0);
  t.comment(`${total} bytes of flash`);
  t.match(flash.map(({ file }) => file).sort(), ['activation.c', 'cfc.c', 'check_table.c'], 'file by file');
  t.ok(total <= flashBytesMax);
  for (const [name, describe] of sizedNetworks) {
    const { stackOpen, stackStep, stackSequence, state } = measureNetwork(program, describe());
    t.comment(`${name}: ${stackOpen}, ${stackStep}, ${stackSequence} bytes of stack`);
    t.ok(Math.max(stackOpen, stackStep, stackSequence) <= stackBytesMax, `the stack of ${name}`);
    t.ok(stackSequence >= stackStep && stackStep > 100, 'a sequence has the stack of its steps');
    t.ok(state >= 4 * describe().units);
  }
});
