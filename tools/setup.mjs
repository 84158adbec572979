import { setUp } from './lib/setup.mjs';

process.exitCode = (await setUp({ forTests: true })) ? 0 : 1;
