import { runProgram } from './lib/run-program.mjs';

await runProgram('test/dist/simulation/fleet');
