/** Reads the lines of a board: names and hexadecimal numbers. The result throws for a name that is not there. */
export function parseNumbers(printed: string): (name: string) => number {
  const numbers = new Map(
    [...printed.matchAll(/^(\w+) (0x[0-9a-f]+)$/gm)].map(([, name = '', digits]) => [name, Number(digits)] as const),
  );
  return (name) => {
    const value = numbers.get(name);
    if (value === undefined) throw new Error(`the board did not print "${name}": ${printed}`);
    return value;
  };
}
