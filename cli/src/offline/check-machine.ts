import { tmpdir } from 'node:os';
import { loadKernel } from '@liquid-lln/firmware-bridge';
import { limits, toErrorReport } from '@liquid-lln/protocol';
import { firstLineOf, freeBytesAt } from '../adapters/machine.js';
import { formatBytes } from '../domain/units.js';
import { selfTest } from './self-test.js';

/** One thing that was looked at. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do about it; null if it is well. */
  readonly remedy: string | null;
}

const nodeVersionMin = [20, 15] as const;
/** Room for two packages of the largest size and what surrounds them. */
const freeBytesMin = 4 * limits.packageBytesMax;

/** Looks at everything that the offline commands need. Nothing is changed. */
export function checkMachine(): Finding[] {
  const kernel = checkKernel();
  const disks = [tmpdir(), process.cwd()].map(checkDisk);
  return [checkNode(process.versions.node), checkCompiler(kernel.ok), kernel, ...disks];
}

function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [majorMin, minorMin] = nodeVersionMin;
  const isNewEnough = major > majorMin || (major === majorMin && minor >= minorMin);
  return finding('Node.js', isNewEnough, version, `Install Node.js ${majorMin}.${minorMin} or newer.`);
}

/** Only what builds the kernel needs the compiler: where the kernel runs, none is missed. */
function checkCompiler(isKernelBuilt: boolean): Finding {
  const answer = firstLineOf('cc', ['--version']);
  const isEnough = answer !== null || isKernelBuilt;
  return finding('C compiler', isEnough, answer ?? 'cc does not run', 'Install one: `apt-get install gcc`.');
}

/** Loads the kernel, and has it compute a network made in memory. */
function checkKernel(): Finding {
  try {
    const kernel = loadKernel();
    selfTest(kernel);
    return finding('kernel', true, `${kernel.version}, ABI ${kernel.abi}, ${kernel.variant}, self-test passed`, '');
  } catch (thrown) {
    const { message, remedy } = toErrorReport(thrown);
    return finding('kernel', false, message, remedy);
  }
}

function checkDisk(folder: string): Finding {
  const freeBytes = freeBytesAt(folder);
  const remedy = `Free some space: ${formatBytes(freeBytesMin)} are needed.`;
  return finding(`disk at ${folder}`, freeBytes >= freeBytesMin, `${formatBytes(freeBytes)} free`, remedy);
}

function finding(name: string, ok: boolean, detail: string, remedy: string): Finding {
  return { name, ok, detail, remedy: ok ? null : remedy };
}
