import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LlnError, parseWith, text } from '@liquid-lln/protocol';
import * as v from 'valibot';

/** A program of ours that runs beside this one. */
export interface ChildProgram {
  readonly name: string;
  readonly pid: number;
  /** Resolves, with words, when it has ended. */
  readonly ended: Promise<string>;
  /** Whether it has said that it is ready. */
  isReady(): boolean;
  /** Asks it to end, and makes it end if it does not within `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

const manifestSchema = v.object({ bin: v.record(text(64), text(200)) });
const logTailBytes = 2_000;
const answerBytesMax = 16 * 1024 * 1024;

/** The programs of packages log one JSON object a line, a board plain text. */
const readyMarks = { package: '"msg":"ready"', board: 'ready at ' } as const;

/**
 * Starts the program that a package of ours installs.
 * @throws LlnError FILE_UNREADABLE if the package is not there
 */
export function startProgram(name: string, args: readonly string[], logFile: string): Promise<ChildProgram> {
  return launch({ name, command: process.execPath, args: [programFile(name), ...args], logFile, kind: 'package' });
}

/**
 * Runs the program that a package of ours installs to its end, for one answer.
 * @returns its standard output, whatever its exit status
 * @throws LlnError FILE_UNREADABLE if the package is not there, INTERNAL if it says nothing
 */
export function runProgram(name: string, args: readonly string[]): Promise<string> {
  const file = programFile(name);
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [file, ...args], { maxBuffer: answerBytesMax }, (_error, stdout, stderr) => {
      if (stdout !== '') resolve(stdout);
      else reject(new LlnError('INTERNAL', `the ${name} gave no answer: ${stderr.slice(-logTailBytes)}`));
    });
  });
}

/** Starts the firmware of a board, which is a program of its own. */
export function startBoard(program: string, args: readonly string[], logFile: string): Promise<ChildProgram> {
  return launch({ name: 'board', command: program, args, logFile, kind: 'board' });
}

interface Launch {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly kind: keyof typeof readyMarks;
}

/** Its output goes to a log file. It has a process group of its own: Ctrl-C reaches it only through us, in order. */
async function launch({ name, command, args, logFile, kind }: Launch): Promise<ChildProgram> {
  const log = openSync(logFile, 'w', 0o600);
  try {
    const child = spawn(command, args, { detached: true, stdio: ['ignore', log, log] });
    const ended = endOf(child, name, logFile);
    const { pid } = child;
    if (pid === undefined) throw new LlnError('INTERNAL', await ended);
    const isReady = () => readFileSync(logFile, 'utf8').includes(readyMarks[kind]);
    return { name, pid, ended, isReady, stop: (graceMs) => stopChild(child, ended, graceMs) };
  } finally {
    closeSync(log);
  }
}

function programFile(name: string): string {
  try {
    const manifestFile = fileURLToPath(import.meta.resolve(`@liquid-lln/${name}/package.json`));
    const { bin } = parseWith(manifestSchema, JSON.parse(readFileSync(manifestFile, 'utf8')), manifestFile);
    return join(dirname(manifestFile), bin[`liquid-lln-${name}`] ?? '');
  } catch (cause) {
    throw new LlnError(
      'FILE_UNREADABLE',
      `@liquid-lln/${name} is not installed beside the command line`,
      { name },
      cause,
    );
  }
}

function endOf(child: ChildProcess, name: string, logFile: string): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`the ${name} did not start: ${error.message}`));
    child.once('exit', (code, signal) =>
      resolve(`the ${name} ended (${signal ?? `exit status ${code}`}); the end of ${logFile}:\n${tailOf(logFile)}`),
    );
  });
}

function tailOf(logFile: string): string {
  return readFileSync(logFile).subarray(-logTailBytes).toString('utf8').trimEnd();
}

async function stopChild(child: ChildProcess, ended: Promise<string>, graceMs: number): Promise<void> {
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await ended;
  clearTimeout(force);
}
