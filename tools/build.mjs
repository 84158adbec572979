import { compile } from './lib/compile.mjs';
import { setUp } from './lib/setup.mjs';

process.exitCode = (await setUp({ forTests: false })) && (await compile()) ? 0 : 1;
