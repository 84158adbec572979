import { runProgram } from './lib/run-program.mjs';

await runProgram('tools/dist/bench');
