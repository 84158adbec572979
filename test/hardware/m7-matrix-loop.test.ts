import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { kernelFlags, m7Flags } from '../support/m7-build.js';
import { countOf, type Instruction, loopFaults, multiplyLoops, parseDisassembly } from '../support/m7-loops.js';
import { projectRoot } from '../support/shared.js';

const compiler = 'arm-none-eabi-gcc';
const disassembler = 'arm-none-eabi-objdump';
const kernel = join(projectRoot, 'firmware-bridge/kernel');
/** Outputs that are summed side by side, from one load of an input. */
const panel = 8;
const timeoutMs = 60_000;
const options = { encoding: 'utf8', timeout: timeoutMs } as const;
const missing = [compiler, disassembler].find((command) => spawnSync(command, ['--version'], options).status !== 0);
const skip = missing !== undefined && `there is no ${missing} on this machine (npm run setup installs it on Debian)`;

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, options);
  if (status === 0) return stdout;
  throw new Error(`${command}: ${error?.message ?? `status ${status}`} ${stderr}`);
}

/** The multiplying loops of a source file, by function, as they are on the board. */
function loopsOf(source: string, folder: string) {
  const object = join(folder, 'code.o');
  run(compiler, [...kernelFlags, ...m7Flags, '-c', join(kernel, source), '-o', object]);
  const functions = parseDisassembly(run(disassembler, ['-d', '--no-show-raw-insn', object]));
  return new Map([...functions].map(([name, code]) => [name, multiplyLoops(code)] as const));
}

/** Adds one input a turn, and knows where it is from the address alone: what is left after the whole turns. */
function isRemainder(loop: readonly Instruction[]): boolean {
  return countOf(loop, 'vfma.f32') === panel && !loop.some(({ mnemonic }) => mnemonic.startsWith('ldrh'));
}

t.test('the loops of the matrix load each weight once and nothing else but x', { skip }, async (t) => {
  const loops = [...loopsOf('src/matrix.c', t.testdir({})).values()].flat();
  // The remainder runs at most seven times a panel: how it walks over x does not count.
  const hot = loops.filter((loop) => !isRemainder(loop));
  t.ok(hot.length >= 2, 'dense and masked tables have their loops');
  for (const loop of hot) {
    const macs = countOf(loop, 'vfma.f32');
    t.equal(macs % panel, 0, `${macs} sums are whole inputs of a panel`);
    t.same(loopFaults(loop, panel), []);
  }
  const longest = Math.max(...hot.map((loop) => countOf(loop, 'vfma.f32')));
  t.ok(longest >= 4 * panel, 'a turn takes several inputs, at constant offsets');
});

t.test('loops that the board would wait in are told apart', { skip }, async (t) => {
  const loops = loopsOf('test/m7/bad_loops.c', t.testdir({}));
  const faultsOf = (name: string, outputs: number) =>
    (loops.get(name) ?? []).flatMap((loop) => loopFaults(loop, outputs)).join('\n');
  t.match(faultsOf('lln_bad_row', panel), /blocks after a sum: vldmia r\d+!/);
  t.match(faultsOf('lln_bad_row', panel), /0 loads for 1 sums instead of/);
  t.match(faultsOf('lln_bad_spill', 40), /uses the stack: vldr .*\[sp/);
  t.match(faultsOf('lln_bad_memory', panel), /moves a sum: vstr/);
});
