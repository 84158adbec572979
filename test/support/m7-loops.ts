/** An instruction as objdump prints it. */
export interface Instruction {
  readonly address: number;
  readonly mnemonic: string;
  readonly operands: string;
}

/** The functions of `arm-none-eabi-objdump -d --no-show-raw-insn`, by name. */
export function parseDisassembly(text: string): Map<string, Instruction[]> {
  const functions = new Map<string, Instruction[]>();
  let current: Instruction[] = [];
  for (const line of text.split('\n')) {
    const name = /^[0-9a-f]+ <(.+)>:$/.exec(line)?.[1];
    if (name !== undefined) {
      current = [];
      functions.set(name, current);
    }
    const [, address = '', mnemonic = '', operands = ''] = /^\s+([0-9a-f]+):\t(\S+)(?:\t([^@;]*))?/.exec(line) ?? [];
    if (mnemonic !== '') current.push({ address: Number.parseInt(address, 16), mnemonic, operands: operands.trim() });
  }
  return functions;
}

/** Every loop that has no other in it and multiplies: from the target of a branch back to the branch. */
export function multiplyLoops(code: readonly Instruction[]): Instruction[][] {
  const loops = code.flatMap((branch) => {
    const target = targetOf(branch);
    if (target === null || target > branch.address) return [];
    return [code.filter(({ address }) => address >= target && address <= branch.address)];
  });
  const isInside = (inner: readonly Instruction[], outer: readonly Instruction[]) =>
    inner.length < outer.length && inner.every((instruction) => outer.includes(instruction));
  const innermost = loops.filter((loop) => !loops.some((other) => isInside(other, loop)));
  return innermost.filter((loop) => countOf(loop, 'vfma.f32') > 0);
}

function targetOf({ mnemonic, operands }: Instruction): number | null {
  if (!/^(b|b[a-z]{2}|cbn?z)(\.[nw])?$/.test(mnemonic)) return null;
  const target = /([0-9a-f]+) <[^>]+>$/.exec(operands)?.[1];
  return target === undefined ? null : Number.parseInt(target, 16);
}

/** How many of an instruction a loop has. */
export function countOf(loop: readonly Instruction[], mnemonic: string): number {
  return loop.filter((instruction) => instruction.mnemonic === mnemonic).length;
}

/** How many sums a loop adds to, each in a register of its own. */
export function sumsOf(loop: readonly Instruction[]): number {
  const adding = loop.filter(({ mnemonic }) => mnemonic === 'vfma.f32');
  return new Set(adding.map(({ operands }) => operands.split(',')[0])).size;
}

/** What in a loop a Cortex-M7 would have to wait for. An input is loaded once for all sums, a weight for each. */
export function loopFaults(loop: readonly Instruction[]): string[] {
  const macs = countOf(loop, 'vfma.f32');
  const loads = countOf(loop, 'vldr');
  const wanted = macs + macs / sumsOf(loop);
  const texts = loop.map(({ mnemonic, operands }) => ({ mnemonic, text: `${mnemonic} ${operands}` }));
  return [
    ...texts.filter(({ mnemonic }) => mnemonic.startsWith('vldm')).map(({ text }) => `blocks after a sum: ${text}`),
    ...texts.filter(({ text }) => /\bsp\b/.test(text)).map(({ text }) => `uses the stack: ${text}`),
    ...texts.filter(({ mnemonic }) => /^v(str|stm|mov)/.test(mnemonic)).map(({ text }) => `moves a sum: ${text}`),
    ...(loads === wanted ? [] : [`${loads} loads for ${macs} multiplications instead of ${wanted}`]),
  ];
}
