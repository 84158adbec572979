import koffi from 'koffi';

const afUnix = 1;
const sockDgram = 2;
const msgDontwait = 0x40;
const datagramBytesMax = 4_096;

const library = koffi.load(null);
const openSocket = library.func('int socket(int domain, int type, int protocol)') as (
  ...numbers: [number, number, number]
) => number;
const bind = library.func('int bind(int fd, const void *address, uint32_t length)') as (
  fd: number,
  address: Uint8Array,
  length: number,
) => number;
const receive = library.func('intptr_t recv(int fd, void *buffer, size_t length, int flags)') as (
  fd: number,
  buffer: Uint8Array,
  length: number,
  flags: number,
) => number;
const close = library.func('int close(int fd)') as (fd: number) => number;

/** A unix datagram socket as systemd listens on one: a path, or an abstract address that begins with `@`. */
export class DatagramReceiver {
  readonly path: string;
  readonly #fd: number;

  constructor(path: string) {
    this.path = path;
    this.#fd = openSocket(afUnix, sockDgram, 0);
    const address = Buffer.concat([Buffer.from([afUnix, 0]), Buffer.from(path.replace(/^@/, '\0'))]);
    if (bind(this.#fd, address, address.length) !== 0) throw new Error(`cannot bind ${path}`);
  }

  /** All datagrams that wait, as text. */
  read(): string[] {
    const buffer = Buffer.alloc(datagramBytesMax);
    const texts: string[] = [];
    for (;;) {
      const length = receive(this.#fd, buffer, buffer.length, msgDontwait);
      if (length < 0) return texts;
      texts.push(buffer.toString('utf8', 0, length));
    }
  }

  close(): void {
    close(this.#fd);
  }
}
