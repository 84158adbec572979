import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort, isListening } from './free-port.js';
import { projectRoot } from './project-paths.js';
import { waitFor } from './wait-until.js';

/** Debian installs it where only root looks. */
const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin` };
const startMsMax = 30_000;

/** Whether this machine has mosquitto and its password tool. */
export function hasMosquitto(): boolean {
  return ['mosquitto', 'mosquitto_passwd'].every((command) => {
    return spawnSync(command, ['--help'], { env }).error === undefined;
  });
}

export interface MosquittoUser {
  readonly username: string;
  readonly password: string;
}

/** The broker mosquitto, configured with the files that docs/COORDINATOR.md shows. */
export class Mosquitto {
  readonly operatorsUrl: string;
  readonly devicesUrl: string;
  readonly #folder: string;
  readonly #devicesPort: number;
  #child: ChildProcess | null = null;
  #log = '';

  private constructor(folder: string, [operators, devices]: readonly [number, number]) {
    this.#folder = folder;
    this.#devicesPort = devices;
    this.operatorsUrl = `mqtt://127.0.0.1:${operators}`;
    this.devicesUrl = `mqtt://127.0.0.1:${devices}`;
  }

  static async start(folder: string): Promise<Mosquitto> {
    const ports = [await findFreePort(), await findFreePort()] as const;
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

  /** Of its process; 0 while there is none. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Makes a user, or changes its password, as the document says. */
  addUser(list: 'operators' | 'devices', { username, password }: MosquittoUser): void {
    hashPasswords(['-b', this.#passwords(list), username, password]);
    this.#reload();
  }

  /** Makes many users that are not there yet, without a process for each. */
  addDevices(users: readonly MosquittoUser[]): void {
    const path = join(this.#folder, 'new.passwd');
    writeFileSync(path, users.map(({ username, password }) => `${username}:${password}\n`).join(''), { mode: 0o600 });
    hashPasswords(['-U', path]);
    appendFileSync(this.#passwords('devices'), readFileSync(path));
    this.#reload();
  }

  /** Starts it, with nothing retained. */
  async restart(): Promise<void> {
    await this.stop();
    const child = spawn('mosquitto', ['-c', join(this.#folder, 'liquid-lln.conf')], { env });
    this.#child = child;
    child.stderr.on('data', (data: Buffer) => {
      this.#log += data.toString();
    });
    const isUp = async () => child.exitCode !== null || (await isListening(this.#devicesPort)) || null;
    await waitFor({ what: 'mosquitto to listen', timeoutMs: startMsMax }, isUp);
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

  #passwords(list: 'operators' | 'devices'): string {
    return join(this.#folder, `${list}.passwd`);
  }

  #reload(): void {
    this.#child?.kill('SIGHUP');
  }
}

function hashPasswords(args: readonly string[]): void {
  const { status, stderr } = spawnSync('mosquitto_passwd', args, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`mosquitto_passwd: ${stderr}`);
}

/** The configuration files that the document shows: each begins with its path, in a comment. */
function documentedFiles(): { name: string; text: string }[] {
  const document = readFileSync(join(projectRoot, 'docs/COORDINATOR.md'), 'utf8');
  const blocks = [...document.matchAll(/^```conf\n(# \/etc\/mosquitto\/(?:conf\.d\/)?(\S+)\n[^`]+)^```$/gm)];
  return blocks.map(([, text = '', name = '']) => ({ name, text }));
}
