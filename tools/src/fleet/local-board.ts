import { closeSync, existsSync, ftruncateSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from './child.js';
import { boardPrograms } from './project-paths.js';
import { waitFor } from './wait-until.js';

export interface LocalBoardInit {
  readonly name: string;
  /** Where the board's flash, line and log are; a board that was there before goes on with its flash. */
  readonly folder: string;
  /** A Linux process, or a Cortex-M7 under QEMU. */
  readonly kind: 'posix' | 'mps2-an500';
  /** What carries the bytes; QEMU's boards have a socket. */
  readonly line?: 'socket' | 'pty';
  /** Further options of the posix board's program. */
  readonly args?: readonly string[];
}

const startTimeoutMs = 10_000;
/** The emulated board keeps its flash in its memory of exactly this size, which is a file. */
const emulatedFlashBytes = 16 * 1024 * 1024;

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

  /** Whether the firmware is built and whatever runs it is there. */
  static isAvailable(kind: LocalBoardInit['kind']): boolean {
    return existsSync(boardPrograms[kind]) && (kind === 'posix' || findProgram('qemu-system-arm') !== null);
  }

  static async start(init: LocalBoardInit): Promise<LocalBoard> {
    const board = new LocalBoard(init);
    await board.#untilUp();
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
    const { name, kind, folder } = this.#init;
    const logFile = join(folder, `${name}.log`);
    const [program, args] = kind === 'posix' ? this.#posixCommand() : this.#emulatorCommand();
    return new Child({ name, program, args, logFile, isNative: true });
  }

  #posixCommand(): [string, string[]] {
    const { line = 'socket', args = [] } = this.#init;
    return [boardPrograms.posix, ['--flash', this.#flashPath(), `--${line}`, this.#linePath, ...args]];
  }

  #emulatorCommand(): [string, string[]] {
    const flash = this.#flashPath();
    closeSync(growTo(flash, emulatedFlashBytes));
    const memory = `memory-backend-file,id=flash,size=16M,mem-path=${flash},share=on`;
    const line = `socket,id=line,path=${this.#linePath},server=on,wait=off`;
    const program = findProgram('qemu-system-arm') ?? 'qemu-system-arm';
    const args = ['-M', 'mps2-an500,memory-backend=flash', '-m', '16M', '-object', memory];
    const quiet = ['-display', 'none', '-monitor', 'none'];
    return [
      program,
      [...args, ...quiet, '-kernel', boardPrograms['mps2-an500'], '-chardev', line, '-serial', 'chardev:line'],
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

function growTo(path: string, bytes: number): number {
  const file = openSync(path, 'a');
  ftruncateSync(file, bytes);
  return file;
}

function findProgram(name: string): string | null {
  const folders = (process.env['PATH'] ?? '').split(':');
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}
