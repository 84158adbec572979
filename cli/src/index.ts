export { type ExitCode, exitCodes } from './exit-codes.js';
export type { Sink } from './output.js';
export { runCli } from './program.js';
