import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { GdbStub } from './gdb-stub.js';
import { type Bench, startBoard } from './real-board.js';

/** Near the end of the emulated board's 4 MiB of RAM: no part of the firmware is there. */
const loopAddress = 0x203f_0000;
const nmiLoopAddress = 0x203f_0100;
const bootVectors = 0;
const vectorTableRegister = 0xe000_ed08;
/** Vectors say with their lowest bit that they lead to Thumb code. */
const thumbBit = 1;
const wordBytes = 4;
/** A processor that rests wakes up for its next interrupt, ten times a second. */
const wakeMsMax = 10_000;
const resetVector = 1;
const nmiVector = 2;

/** Half words of Thumb code. */
const nop = 0xbf00;
const interruptsOn = 0xb662;
const interruptsOff = 0xb672;
const faultsOff = 0xb671;
const branchToItself = 0xe7fe;

/** What still interrupts the loop: every interrupt, or the NMI alone, with PRIMASK and FAULTMASK set. */
export type Reach = 'interrupts' | 'nmi';

const preambles: Readonly<Record<Reach, readonly [number, number]>> = {
  interrupts: [interruptsOn, nop],
  nmi: [interruptsOff, faultsOff],
};

/** A Cortex-M7 under QEMU, and where its debugger's socket is. */
export interface DebuggedBench extends Bench {
  readonly stubPath: string;
}

export async function startDebugged(t: Test): Promise<DebuggedBench> {
  const folder = mkdtempSync(join(tmpdir(), 'liquid-lln-gdb-'));
  const stubPath = join(folder, 'gdb.sock');
  const bench = await startBoard(t, { kind: 'mps2-an500', args: ['-gdb', `unix:${stubPath},server=on,wait=off`] });
  t.teardown(() => rmSync(folder, { recursive: true }));
  return { ...bench, stubPath };
}

/**
 * Stops the processor wherever it is and leads it into an endless loop.
 * @returns the debugger: the processor stands still, in the loop
 */
export async function hang(t: Test, { stubPath }: DebuggedBench, reach: Reach): Promise<GdbStub> {
  const stub = await GdbStub.connect(stubPath);
  t.teardown(() => stub.close());
  const [first, second] = preambles[reach];
  await stub.writeWord(loopAddress, second * 0x1_0000 + first);
  await stub.writeWord(loopAddress + wordBytes, branchToItself);
  await stub.writeProgramCounter(loopAddress);
  await stub.runTo(loopAddress + wordBytes, wakeMsMax);
  return stub;
}

/** Puts an endless loop in the place of the watchdog's interrupt. @returns where the loop is */
export async function hangInNmi(stub: GdbStub): Promise<number> {
  await stub.writeWord(nmiLoopAddress, branchToItself);
  await stub.writeWord(await nmiEntry(stub), nmiLoopAddress + thumbBit);
  return nmiLoopAddress;
}

/** Where the watchdog's interrupt leads. */
export async function nmiHandler(stub: GdbStub): Promise<number> {
  return (await stub.readWord(await nmiEntry(stub))) - thumbBit;
}

/** The place of the NMI in the vectors that are in force. */
async function nmiEntry(stub: GdbStub): Promise<number> {
  return (await stub.readWord(vectorTableRegister)) + nmiVector * wordBytes;
}

/** Where the processor begins after a reset. */
export async function resetHandler(stub: GdbStub): Promise<number> {
  return (await stub.readWord(bootVectors + resetVector * wordBytes)) - thumbBit;
}
