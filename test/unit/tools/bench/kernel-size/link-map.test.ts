import { parseLinkMap } from '@liquid-lln/tools';
import t from 'tap';

const map = `
Discarded input sections

 .text.lln_unused
                0x0000000000000000       0x40 /tmp/build/cfc.c.o

Linker script and memory map

 .text.lln_cfc_step
                0x0000000000000040      0x1f0 /tmp/build/cfc.c.o
 .rodata.table  0x0000000000000230       0x10 /tmp/build/cfc.c.o
 .text.lln_open 0x0000000000000240       0x20 /tmp/build/open.c.o
 *fill*         0x0000000000000260        0x4 
 .bss.scratch   0x0000000020000000    0x40000 /tmp/build/main-18.o
`;

t.test('code and constants of each file are added up, what was thrown away is not', async (t) => {
  t.same(
    [...parseLinkMap(map)],
    [
      ['cfc.c.o', 0x200],
      ['open.c.o', 0x20],
    ],
  );
});

t.test('anything else is no map', async (t) => {
  t.throws(() => parseLinkMap('ld: error'), /no map/);
});
