import { accessSync, constants, existsSync, readdirSync, statfsSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { loadKernel } from '@liquid-lln/firmware-bridge';
import { toErrorReport } from '@liquid-lln/protocol';
import {
  type Finding,
  finding,
  judgeClock,
  judgeDisk,
  judgeSerialPorts,
  type SerialPort,
} from '../../domain/doctor.js';

/** Whether the kernel loads here. */
export function examineKernel(): Finding {
  const remedy = 'Install a C compiler (`apt-get install gcc libc6-dev`), then run `liquid-lln-agent install` again.';
  try {
    const { version, abi, variant } = loadKernel();
    return finding('kernel', true, `${version}, ABI ${abi}, ${variant}`, remedy);
  } catch (thrown) {
    return finding('kernel', false, toErrorReport(thrown).message, remedy);
  }
}

/** Whether whoever asks may write below `folder`, which need not be there yet. */
export function examineFolder(folder: string): Finding {
  const present = nearestFolder(folder);
  const remedy = `Make ${present} writable for the user that the agent runs as, or ask as that user.`;
  return finding('data folder', mayAccess(present, constants.W_OK | constants.X_OK), folder, remedy);
}

export function examineDisk(folder: string): Finding {
  const present = nearestFolder(folder);
  const { bavail, bsize, files, ffree } = statfsSync(present);
  return judgeDisk({ folder: present, freeBytes: bavail * bsize, freeInodes: files === 0 ? null : ffree });
}

const timesyncFolder = '/run/systemd/timesync';

export function examineClock(wallMs: number): Finding {
  const isSynchronised = existsSync(timesyncFolder) ? existsSync(join(timesyncFolder, 'synchronized')) : null;
  return judgeClock({ wallMs, wallText: new Date(wallMs).toISOString(), isSynchronised });
}

/** The serial lines that boards are plugged into, below a `/dev`. */
export function examineSerialPorts(devices: string): Finding {
  const ports: SerialPort[] = readdirSync(devices)
    .filter((name) => /^tty(?:USB|ACM)\d+$/.test(name))
    .map((name) => join(devices, name))
    .map((path) => ({ path, isUsable: mayAccess(path, constants.R_OK | constants.W_OK) }));
  return judgeSerialPorts(ports);
}

const brokerTimeoutMs = 5_000;
const defaultPorts: Readonly<Record<string, number>> = { 'mqtt:': 1883, 'mqtts:': 8883, 'ws:': 80, 'wss:': 443 };

/** Whether somebody takes connections at the broker's address; who it is and whether it knows us is not asked. */
export async function examineBroker(url: string): Promise<Finding> {
  const { protocol, hostname, port } = new URL(url);
  const fault = await faultOfConnection(
    hostname.replace(/^\[|\]$/g, ''),
    Number(port) || (defaultPorts[protocol] ?? 0),
  );
  const remedy = 'Check broker.url, the network, and that the broker runs. The agent serves without it meanwhile.';
  return finding('broker', fault === null, fault === null ? url : `${url}: ${fault}`, remedy);
}

function faultOfConnection(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: brokerTimeoutMs });
    const answer = (fault: string | null) => {
      socket.destroy();
      resolve(fault);
    };
    socket.once('connect', () => answer(null));
    socket.once('timeout', () => answer(`no answer within ${brokerTimeoutMs} ms`));
    socket.once('error', (error) => answer(error.message));
  });
}

/** The folder itself, or the closest one above it that is there. */
function nearestFolder(folder: string): string {
  return existsSync(folder) ? folder : nearestFolder(dirname(folder));
}

function mayAccess(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false; // what is asked is just this
  }
}
