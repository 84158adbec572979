import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

/** What a receiver does with what it gets: answers with a status, never answers, or closes the connection. */
export type Manner = number | 'hang' | 'close';

/** A receiver of webhooks on a port of its own. */
export class HttpReceiver {
  readonly received: Received[] = [];
  manner: Manner = 200;
  /** Called with each request when all of it is there, before it is answered. */
  onReceived: (received: Received) => Promise<void> = async () => undefined;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(port = 0): Promise<HttpReceiver> {
    const server = createServer();
    const receiver = new HttpReceiver(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const received = { body: Buffer.concat(chunks).toString('utf8'), headers: request.headers };
        receiver.received.push(received);
        void receiver.onReceived(received).then(() => {
          const { manner } = receiver;
          if (manner === 'close') request.socket.destroy();
          else if (manner !== 'hang') response.writeHead(manner).end();
        });
      });
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  /** The bodies of what arrived. */
  get bodies(): Record<string, unknown>[] {
    return this.received.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
