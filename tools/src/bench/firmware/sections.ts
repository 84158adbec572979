/** A section of an image: where it is when the firmware runs. */
export interface Section {
  readonly name: string;
  readonly bytes: number;
  readonly address: number;
}

/** A part of a board's memory, by the addresses of its linker script. */
export interface Region {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Sections that take memory on a board; the others are for debuggers. */
const allocated = /^\.(?:boot|text|data|stack|noinit|fast|bss)$/;
/** Those that the image brings along: they take flash, wherever they are copied to. */
const loaded = /^\.(?:boot|text|data)$/;

/** Reads what `size -A -x` prints. @throws Error if there is no section in it */
export function parseSections(printed: string): Section[] {
  const rows = [...printed.matchAll(/^(\.\S+)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)$/gm)];
  const sections = rows.map(([, name = '', bytes = '', address = '']) => ({
    name,
    bytes: Number.parseInt(bytes, 16),
    address: Number.parseInt(address, 16),
  }));
  if (sections.length === 0) throw new Error(`there is no section in ${printed}`);
  return sections.filter(({ name }) => allocated.test(name));
}

/** Bytes of flash that the image takes. */
export function flashBytesOf(sections: readonly Section[]): number {
  return sections.filter(({ name }) => loaded.test(name)).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Bytes taken of each region. */
export function bytesByRegion(sections: readonly Section[], regions: readonly Region[]): Map<string, number> {
  return new Map(
    regions.map(({ name, start, end }) => {
      const inside = sections.filter(({ address }) => address >= start && address < end);
      return [name, inside.reduce((sum, { bytes }) => sum + bytes, 0)];
    }),
  );
}

/** The stack that is set aside. */
export function stackBytesOf(sections: readonly Section[]): number {
  return sections.find(({ name }) => name === '.stack')?.bytes ?? 0;
}
