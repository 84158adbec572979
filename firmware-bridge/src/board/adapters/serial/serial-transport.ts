import { LlnError } from '@liquid-lln/protocol';
import type { SerialPort } from 'serialport';
import { type Connection, type ConnectionHandlers, type Transport, unsentBytesMax } from '../../ports/transport.js';

/** A serial port or a pseudo-terminal. It is locked: no other program can talk to the board meanwhile. */
export class SerialTransport implements Transport {
  readonly address: string;
  readonly #baudRate: number;

  constructor(path: string, baudRate: number) {
    this.address = path;
    this.#baudRate = baudRate;
  }

  async open(handlers: ConnectionHandlers): Promise<Connection> {
    // Only programs that open a serial line pay for the library: time at the start, and memory.
    const library = await import('serialport');
    return new Promise((resolve, reject) => {
      // `hupcl` would reset boards that have DTR on their reset line; a pseudo-terminal has no such lines at all.
      const options = { path: this.address, baudRate: this.#baudRate, autoOpen: false, hupcl: false, lock: true };
      const port = new library.SerialPort(options);
      port.open((error) => {
        if (error === null) resolve(new SerialConnection(port, handlers));
        else reject(unreachable(this.address, error));
      });
    });
  }
}

class SerialConnection implements Connection {
  readonly #port: SerialPort;
  #isClosing = false;

  constructor(port: SerialPort, handlers: ConnectionHandlers) {
    this.#port = port;
    let reason = 'the port is gone';
    port.on('data', (bytes: Uint8Array) => handlers.onBytes(bytes));
    port.on('error', (error) => {
      reason = error.message;
    });
    port.once('close', () => {
      if (!this.#isClosing) handlers.onClose(reason);
    });
  }

  write(bytes: Uint8Array): void {
    if (this.#port.isOpen && this.#port.writableLength <= unsentBytesMax) this.#port.write(bytes);
  }

  close(): Promise<void> {
    this.#isClosing = true;
    if (!this.#port.isOpen) return Promise.resolve();
    // An error of closing changes nothing: the port is given up.
    return new Promise((resolve) => this.#port.close(() => resolve()));
  }
}

function unreachable(address: string, error: Error): LlnError {
  return new LlnError('BOARD_UNREACHABLE', `${address} cannot be opened: ${error.message}`, { address }, error);
}
