import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { boardProgramPath, type LocalBoardKind } from '@liquid-lln/firmware-bridge';
import { Child } from './child.js';
import { deliverFlash } from './emulated-flash.js';
import { waitFor } from './wait-until.js';

export interface LocalBoardInit {
  readonly name: string;
  /** Where the board's flash, line and log are; a board that was there before goes on with its flash. */
  readonly folder: string;
  readonly kind: LocalBoardKind;
  /** What carries the bytes; QEMU's boards have a socket. */
  readonly line?: 'socket' | 'pty';
  /** Further options of the posix board's program, or of QEMU. */
  readonly args?: readonly string[];
}

const startTimeoutMs = 10_000;
const emulator = 'qemu-system-arm';

/** A board on this machine: a process of its own with a line to it. */
export class LocalBoard {
  /** As a gateway's configuration names it. */
  readonly address: string;
  readonly #init: LocalBoardInit;
  readonly #linePath: string;
  #process: Child;

  private constructor(init: LocalBoardInit) {
    this.#init = init;
    this.#linePath = join(init.folder, `${init.name}.line`);
    this.address = init.line === 'pty' ? this.#linePath : `unix:${this.#linePath}`;
    this.#process = this.#run();
  }

  /** @returns what is missing for a board of this kind to run here, in words; null if nothing is */
  static faultOf(kind: LocalBoardKind): string | null {
    const program = boardProgramPath(kind);
    if (!existsSync(program))
      return `the firmware of ${kind} is not built (node firmware-bridge/build-firmware.mjs ${kind})`;
    if (kind === 'posix' || findProgram(emulator) !== null) return null;
    return `there is no ${emulator} (apt-get install ${emulator})`;
  }

  static async start(init: LocalBoardInit): Promise<LocalBoard> {
    const board = new LocalBoard(init);
    try {
      await board.#untilUp();
    } catch (error) {
      await board.stop();
      throw error;
    }
    return board;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Ends it as a power cut would, and starts it again with what its flash holds. */
  async cutPower(): Promise<void> {
    await this.#process.kill();
    this.#process = this.#run();
    await this.#untilUp();
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }

  #run(): Child {
    const { name, kind, folder, args = [] } = this.#init;
    const logFile = join(folder, `${name}.log`);
    const [program, own] = kind === 'posix' ? this.#posixCommand() : this.#emulatorCommand();
    return new Child({ name, program, args: [...own, ...args], logFile, isNative: true });
  }

  #posixCommand(): [string, string[]] {
    const { line = 'socket' } = this.#init;
    return [boardProgramPath('posix'), ['--flash', this.#flashPath(), `--${line}`, this.#linePath]];
  }

  #emulatorCommand(): [string, string[]] {
    const flash = this.#flashPath();
    if (!existsSync(flash)) deliverFlash(flash, this.#init.name);
    const memory = `memory-backend-file,id=flash,size=16M,mem-path=${flash},share=on`;
    const line = `socket,id=line,path=${this.#linePath},server=on,wait=off`;
    const program = findProgram(emulator) ?? emulator;
    const args = ['-M', 'mps2-an500,memory-backend=flash', '-m', '16M', '-object', memory];
    const quiet = ['-display', 'none', '-monitor', 'none'];
    return [
      program,
      [...args, ...quiet, '-kernel', boardProgramPath('mps2-an500'), '-chardev', line, '-serial', 'chardev:line'],
    ];
  }

  #flashPath(): string {
    return join(this.#init.folder, `${this.#init.name}.flash`);
  }

  async #untilUp(): Promise<void> {
    const what = `the board ${this.#init.name} has a line at ${this.#linePath}`;
    await waitFor({ what, timeoutMs: startTimeoutMs, everyMs: 20 }, () => {
      if (this.#process.end !== null) throw new Error(`${this.#init.name} ended with ${this.#process.end}`);
      return existsSync(this.#linePath) ? true : null;
    });
  }
}

function findProgram(name: string): string | null {
  const folders = (process.env['PATH'] ?? '').split(':');
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}
