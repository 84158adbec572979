import { EventEmitter, once } from 'node:events';
import { createConnection, type Socket } from 'node:net';

const answerTimeoutMs = 10_000;
/** In hexadecimal digits, as registers are named. */
const programCounter = 'f';

const stopReply = /^[ST]/;
const anyOther = /^(?![ST])/;

/** QEMU's debugger stub, in the few words of gdb's remote protocol that stop a processor and bend what it does next. */
export class GdbStub {
  readonly #socket: Socket;
  readonly #packets: string[] = [];
  readonly #arrivals = new EventEmitter();
  #text = '';

  private constructor(socket: Socket) {
    this.#socket = socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#receive(text));
  }

  /** Connects; the processor stands still from then on. */
  static async connect(path: string): Promise<GdbStub> {
    const socket = createConnection(path);
    await once(socket, 'connect');
    const stub = new GdbStub(socket);
    // QEMU takes single registers only from somebody who has read what they are.
    await stub.#ask('qXfer:features:read:target.xml:0,fff');
    return stub;
  }

  async readWord(address: number): Promise<number> {
    return fromHex(await this.#ask(`m${address.toString(16)},4`));
  }

  async writeWord(address: number, value: number): Promise<void> {
    await this.#command(`M${address.toString(16)},4:${toHex(value)}`);
  }

  async writeProgramCounter(address: number): Promise<void> {
    await this.#command(`P${programCounter}=${toHex(address)}`);
  }

  /**
   * Lets the processor run until it comes to an address.
   * @returns for how long it ran
   */
  async runTo(address: number, timeoutMs: number): Promise<number> {
    const place = `1,${address.toString(16)},2`;
    await this.#command(`Z${place}`);
    const beganMs = performance.now();
    this.#send('c');
    await this.#next(stopReply, timeoutMs);
    const ranMs = performance.now() - beganMs;
    if ((await this.#readProgramCounter()) !== address) throw new Error('the processor stopped somewhere else');
    await this.#command(`z${place}`);
    return ranMs;
  }

  /** Lets the processor run, unwatched. */
  async detach(): Promise<void> {
    await this.#command('D');
    this.close();
  }

  close(): void {
    this.#socket.destroy();
  }

  async #readProgramCounter(): Promise<number> {
    return fromHex(await this.#ask(`p${programCounter}`));
  }

  async #command(text: string): Promise<void> {
    const said = await this.#ask(text);
    if (said !== 'OK') throw new Error(`the debugger stub answered ${text} with ${said}`);
  }

  #ask(text: string): Promise<string> {
    this.#send(text);
    return this.#next(anyOther, answerTimeoutMs);
  }

  #send(text: string): void {
    const sum = [...Buffer.from(text)].reduce((total, byte) => (total + byte) % 256, 0);
    this.#socket.write(`$${text}#${sum.toString(16).padStart(2, '0')}`);
  }

  /** Takes whole packets out of what has arrived, and acknowledges each. */
  #receive(text: string): void {
    this.#text += text;
    for (;;) {
      const [all, packet] = /\$([^#]*)#[0-9a-f]{2}/.exec(this.#text) ?? [];
      if (all === undefined || packet === undefined) return;
      this.#text = this.#text.slice(this.#text.indexOf(all) + all.length);
      this.#socket.write('+');
      this.#packets.push(packet);
      this.#arrivals.emit('packet');
    }
  }

  /** The next packet of a kind. Others are dropped: QEMU also tells that it stopped when somebody connects. */
  async #next(kind: RegExp, timeoutMs: number): Promise<string> {
    const signal = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const packet = this.#packets.shift();
      if (packet === undefined) await this.#untilArrival(signal);
      else if (kind.test(packet)) return packet;
    }
  }

  async #untilArrival(signal: AbortSignal): Promise<void> {
    try {
      await once(this.#arrivals, 'packet', { signal });
    } catch (cause) {
      throw new Error('the debugger stub said nothing in time', { cause });
    }
  }
}

/** Words travel as they lie in memory: the lowest byte first. */
function toHex(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes.toString('hex');
}

function fromHex(text: string): number {
  return Buffer.from(text, 'hex').readUInt32LE();
}
