import { bytesByRegion, flashBytesOf, parseSections, stackBytesOf } from '@liquid-lln/tools';
import t from 'tap';

const printed = `liquid-lln-board-stm32h743  :
section              size         addr
.boot               0x140    0x8000000
.text              0x1000          0x0
.data                0x10   0x24000000
.stack             0x2000   0x20000000
.bss                0x100   0x24000010
.debug_info       0x99999          0x0
Total             0x4df6d
`;

t.test('an image takes flash for what it brings along, and memory where its sections are', async (t) => {
  const sections = parseSections(printed);
  t.equal(flashBytesOf(sections), 0x140 + 0x1000 + 0x10);
  t.equal(stackBytesOf(sections), 0x2000);
  const regions = [
    { name: 'code', start: 0, end: 0x10000 },
    { name: 'ram', start: 0x20000000, end: 0x30000000 },
  ];
  t.same(
    [...bytesByRegion(sections, regions)],
    [
      ['code', 0x1000],
      ['ram', 0x2000 + 0x110],
    ],
    'without the debugger',
  );
});

t.test('what is no list of sections is refused', async (t) => {
  t.throws(() => parseSections('arm-none-eabi-size: no such file'), /no section/);
});
