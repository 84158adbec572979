/** Where the map begins to speak of what was linked; before it stands what was thrown away. */
const linkedMark = 'Linker script and memory map';
/** An input section of code or constants: name (on a line of its own if it is long), address, size, object file. */
const section = /^ \.(?:text|rodata)\S*\s+0x[0-9a-f]+\s+0x([0-9a-f]+) (\S+)$/gm;

/** Bytes of flash that each object file has in a program, from GNU ld's map. @throws Error if it is no such map */
export function parseLinkMap(map: string): Map<string, number> {
  const start = map.indexOf(linkedMark);
  if (start === -1) throw new Error('this is no map of GNU ld');
  const bytes = new Map<string, number>();
  for (const [, size = '', path = ''] of map.slice(start).matchAll(section)) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    bytes.set(name, (bytes.get(name) ?? 0) + Number.parseInt(size, 16));
  }
  return bytes;
}
