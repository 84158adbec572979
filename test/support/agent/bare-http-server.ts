import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type AgentApi, type HttpLimits, HttpServer, type InferenceAnswer } from '@liquid-lln/agent';
import { MemoryLogger } from '@liquid-lln/agent/testing';
import type { Test } from 'tap';
import { signedPackage } from './signed-package.js';
import { VirtualAgent } from './virtual-agent.js';

const { digest, name, version } = signedPackage().reference;
const answer: InferenceAnswer = {
  output: [1],
  label: null,
  model: { name, version, digest, slot: 'blue' },
  device: 'gw-1',
  latencyUs: 1,
};

export interface BareServer {
  readonly port: number;
  /** What clients asked for, decoded. */
  readonly asked: unknown[];
  /** Requests that could not be read. */
  readonly rejected: () => number;
}

/** The agent's server in front of an agent that only notes what it is asked; `hold` keeps its answers back. */
export async function startBareServer(
  t: Test,
  limits: HttpLimits,
  hold: () => Promise<void> = async () => undefined,
): Promise<BareServer> {
  const asked: unknown[] = [];
  let rejected = 0;
  const agent: AgentApi = {
    ...(await VirtualAgent.start()).agent,
    infer: async (body) => {
      asked.push(body);
      await hold();
      return answer;
    },
    onRejected: () => {
      rejected += 1;
    },
  };
  const renderMetrics = async () => ({ contentType: 'text/plain', text: '' });
  const logger = new MemoryLogger();
  const server = new HttpServer({ agent, renderMetrics, logger, onAnswer: () => undefined }, limits);
  const port = await server.listen('127.0.0.1', 0);
  t.teardown(() => server.stop());
  return { port, asked, rejected: () => rejected };
}

/** A client that says what it wants, as slowly as it wants. */
export class SlowClient {
  readonly #socket: Socket;
  #heard = '';
  #isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#heard += text;
    });
    socket.on('error', () => undefined); // a reset is a way to be closed
    socket.on('close', () => {
      this.#isClosed = true;
    });
  }

  static async connect(t: Test, port: number): Promise<SlowClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const client = new SlowClient(socket);
    t.teardown(() => client.leave());
    return client;
  }

  /** All that the server has said. */
  get heard(): string {
    return this.#heard;
  }

  /** The status of the first answer; null before it. */
  get status(): number | null {
    const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(this.#heard) ?? [];
    return status === undefined ? null : Number(status);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  say(text: string | Uint8Array): void {
    this.#socket.write(text);
  }

  /** The head of a request whose body has so many bytes. */
  announce(bytes: number): void {
    this.say(`POST /inference HTTP/1.1\r\nhost: x\r\ncontent-length: ${bytes}\r\n\r\n`);
  }

  leave(): void {
    this.#socket.destroy();
  }
}
