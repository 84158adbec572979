import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { kernelFlags, m7Flags } from '../support/m7-build.js';
import { countOf, type Instruction, loopFaults, multiplyLoops, parseDisassembly, sumsOf } from '../support/m7-loops.js';
import { projectRoot } from '../support/shared.js';

const compiler = 'arm-none-eabi-gcc';
const disassembler = 'arm-none-eabi-objdump';
const kernel = join(projectRoot, 'firmware-bridge/kernel');
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

/** Adds one input a turn, the next one in memory: what is left after the whole turns, at most seven times a panel. */
function isRemainder(loop: readonly Instruction[]): boolean {
  return countOf(loop, 'vfma.f32') === sumsOf(loop) && !loop.some(({ mnemonic }) => mnemonic.startsWith('ldrh'));
}

t.test('the loops of the matrix load each weight once and nothing else but x', { skip }, async (t) => {
  const loops = [...loopsOf('src/matrix.c', t.testdir({})).values()].flat();
  const hot = loops.filter((loop) => !isRemainder(loop));
  t.ok(hot.length >= 2, 'dense and masked tables have their loops');
  for (const loop of hot) t.same(loopFaults(loop), [], `${countOf(loop, 'vfma.f32')} multiplications`);
  const wide = hot.find((loop) => countOf(loop, 'vfma.f32') >= 4 * sumsOf(loop) && sumsOf(loop) === 8);
  t.ok(wide, 'a turn takes several inputs for a panel of 8 sums, at constant offsets');
});

t.test('loops that the board would wait in are told apart', { skip }, async (t) => {
  const loops = loopsOf('test/m7/bad_loops.c', t.testdir({}));
  const faultsOf = (name: string) => (loops.get(name) ?? []).flatMap(loopFaults).join('\n');
  t.match(faultsOf('lln_bad_row'), /blocks after a sum: vldmia r\d+!/);
  t.match(faultsOf('lln_bad_row'), /0 loads for 1 multiplications instead of 2/);
  t.match(faultsOf('lln_bad_spill'), /uses the stack: vldr .*\[sp/);
  t.match(faultsOf('lln_bad_memory'), /moves a sum: vstr/);
});
