import { benchKernel } from './bench-kernel.js';
import { type BenchResult, renderReport, reportOf } from './report.js';

// npm run bench -- NAME [--json]

const benches: Readonly<Record<string, () => BenchResult[]>> = { kernel: benchKernel };

const names = process.argv.slice(2).filter((argument) => argument !== '--json');
const [name = ''] = names;
const bench = benches[name];
if (bench === undefined || names.length !== 1) {
  console.error(`npm run bench -- NAME [--json]; NAME is one of: ${Object.keys(benches).join(', ')}`);
  process.exitCode = 2;
} else {
  const report = reportOf(name, bench());
  console.log(process.argv.includes('--json') ? JSON.stringify(report) : renderReport(report));
}
