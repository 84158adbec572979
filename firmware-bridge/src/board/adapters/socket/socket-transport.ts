import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { LlnError } from '@liquid-lln/protocol';
import { type Connection, type ConnectionHandlers, type Transport, unsentBytesMax } from '../../ports/transport.js';

/** A board behind a socket: a Linux process, an emulated board, or a serial line that a server passes on. */
export class SocketTransport implements Transport {
  readonly address: string;
  readonly #options: NetConnectOpts;

  constructor(address: string, options: NetConnectOpts) {
    this.address = address;
    this.#options = options;
  }

  open(handlers: ConnectionHandlers): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#options);
      const onFailure = (error: Error) => reject(unreachable(this.address, error));
      socket.once('error', onFailure);
      socket.once('connect', () => {
        socket.off('error', onFailure);
        socket.setNoDelay(true);
        resolve(new SocketConnection(socket, handlers));
      });
    });
  }
}

class SocketConnection implements Connection {
  readonly #socket: Socket;
  #isClosing = false;

  constructor(socket: Socket, handlers: ConnectionHandlers) {
    this.#socket = socket;
    let reason = 'the other side closed it';
    socket.on('data', (bytes) => handlers.onBytes(bytes));
    socket.on('error', (error) => {
      reason = error.message;
    });
    socket.once('close', () => {
      if (!this.#isClosing) handlers.onClose(reason);
    });
    socket.once('end', () => socket.destroy());
  }

  write(bytes: Uint8Array): void {
    if (this.#socket.writableLength <= unsentBytesMax) this.#socket.write(bytes);
  }

  close(): Promise<void> {
    this.#isClosing = true;
    return new Promise((resolve) => {
      if (this.#socket.closed) return resolve();
      this.#socket.once('close', () => resolve());
      this.#socket.destroy();
    });
  }
}

function unreachable(address: string, error: Error): LlnError {
  return new LlnError('BOARD_UNREACHABLE', `${address} cannot be reached: ${error.message}`, { address }, error);
}
