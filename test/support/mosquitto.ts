import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { projectRoot } from './shared.js';
import { waitFor } from './wait-for.js';

/** Debian installs it where only root looks. */
const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin` };

/** Whether this machine has mosquitto and its password tool. */
export function hasMosquitto(): boolean {
  return ['mosquitto', 'mosquitto_passwd'].every((command) => {
    return spawnSync(command, ['--help'], { env }).error === undefined;
  });
}

/** The broker mosquitto, configured with the files that docs/COORDINATOR.md shows. */
export class Mosquitto {
  readonly operatorsUrl: string;
  readonly devicesUrl: string;
  readonly #folder: string;
  #child: ChildProcess | null = null;
  #log = '';

  private constructor(folder: string, [operators, devices]: readonly [number, number]) {
    this.#folder = folder;
    this.operatorsUrl = `mqtt://127.0.0.1:${operators}`;
    this.devicesUrl = `mqtt://127.0.0.1:${devices}`;
  }

  static async start(folder: string): Promise<Mosquitto> {
    const ports = [await freePort(), await freePort()] as const;
    mkdirSync(folder, { recursive: true });
    for (const { name, text } of documentedFiles()) {
      const here = text
        .replaceAll('/etc/mosquitto', folder)
        .replace('listener 1883', `listener ${ports[0]}`)
        .replace('listener 1884', `listener ${ports[1]}`);
      // Started by root it would go on as a user who may not read this folder.
      const isMain = name === 'liquid-lln.conf';
      writeFileSync(join(folder, name), isMain && process.getuid?.() === 0 ? `${here}\nuser root\n` : here);
    }
    for (const name of ['operators.passwd', 'devices.passwd']) writeFileSync(join(folder, name), '', { mode: 0o600 });
    const broker = new Mosquitto(folder, ports);
    await broker.restart();
    return broker;
  }

  /** Makes a user, or changes its password, as the document says. */
  addUser(list: 'operators' | 'devices', username: string, password: string): void {
    const { status, stderr } = spawnSync(
      'mosquitto_passwd',
      ['-b', join(this.#folder, `${list}.passwd`), username, password],
      { env, encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`mosquitto_passwd: ${stderr}`);
    this.#child?.kill('SIGHUP');
  }

  /** Starts it, with nothing retained. */
  async restart(): Promise<void> {
    await this.stop();
    const child = spawn('mosquitto', ['-c', join(this.#folder, 'liquid-lln.conf')], { env });
    this.#child = child;
    child.stderr.on('data', (data: Buffer) => {
      this.#log += data.toString();
    });
    const isListening = async () => child.exitCode !== null || (await canConnect(this.devicesUrl));
    await waitFor('mosquitto to listen', isListening);
    if (child.exitCode !== null) throw new Error(`mosquitto does not start: ${this.#log}`);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
}

/** The configuration files that the document shows: each begins with its path, in a comment. */
function documentedFiles(): { name: string; text: string }[] {
  const document = readFileSync(join(projectRoot, 'docs/COORDINATOR.md'), 'utf8');
  const blocks = [...document.matchAll(/^```conf\n(# \/etc\/mosquitto\/(?:conf\.d\/)?(\S+)\n[^`]+)^```$/gm)];
  return blocks.map(([, text = '', name = '']) => ({ name, text }));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function canConnect(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
