import koffi from 'koffi';

const afUnix = 1;
const sockDgram = 2;
const sockCloexec = 0o2000000;
const msgDontwait = 0x40;
const msgNosignal = 0x4000;
/** `sun_path` of `struct sockaddr_un` (unix(7)). */
const pathBytesMax = 108;

/** Node.js has stream sockets only: these two come from the C library, which every Node.js on Linux has loaded. */
interface SocketCalls {
  socket(domain: number, type: number, protocol: number): number;
  sendto(
    fd: number,
    data: Uint8Array,
    length: number,
    flags: number,
    address: Uint8Array,
    addressLength: number,
  ): number;
}

function bindCalls(): SocketCalls {
  const process = koffi.load(null);
  return {
    socket: process.func('int socket(int domain, int type, int protocol)'),
    sendto: process.func(
      'intptr_t sendto(int fd, const void *data, size_t length, int flags, const void *address, uint32_t address_length)',
    ),
  };
}

/**
 * Opens a socket for datagrams to a path, or to an abstract address where it begins with `@`.
 * @returns what sends one: it never waits, and throws if the datagram was not taken.
 * @throws Error if the address is none, or there is no socket to be had
 */
export function openDatagramSender(path: string): (data: Uint8Array) => void {
  const address = addressOf(path);
  const { socket, sendto } = bindCalls();
  const fd = socket(afUnix, sockDgram | sockCloexec, 0);
  if (fd < 0) throw new Error(`no datagram socket: ${errorName()}`);
  return (data) => {
    const sent = sendto(fd, data, data.length, msgDontwait | msgNosignal, address, address.length);
    if (sent !== data.length) throw new Error(`${path} took no datagram: ${errorName()}`);
  };
}

/** A `struct sockaddr_un`, as long as the path: in an abstract address every byte counts. */
function addressOf(path: string): Uint8Array {
  if (!/^[/@]./.test(path)) throw new Error(`${path} is no address of a unix socket`);
  const name = Buffer.from(path);
  if (name.length >= pathBytesMax) throw new Error(`${path} is longer than ${pathBytesMax - 1} bytes`);
  if (path.startsWith('@')) name[0] = 0;
  const family = Buffer.alloc(2);
  new Uint16Array(family.buffer, family.byteOffset, 1)[0] = afUnix;
  return Buffer.concat([family, name]);
}

function errorName(): string {
  const code = koffi.errno();
  const name = Object.entries(koffi.os.errno).find(([, value]) => value === code)?.[0];
  return name ?? `errno ${code}`;
}
