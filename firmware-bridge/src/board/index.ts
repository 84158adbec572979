import { type Clock, kernelAbi, type Random } from '@liquid-lln/protocol';
import type { Kernel } from '../kernel/kernel.js';
import { SerialTransport } from './adapters/serial/serial-transport.js';
import { SocketTransport } from './adapters/socket/socket-transport.js';
import { BoardClient } from './app/board-client.js';
import type { Board } from './board.js';
import { parseAddress } from './domain/address.js';
import type { Requirements } from './domain/admission.js';
import { messageBytesOf } from './domain/split.js';
import type { Transport } from './ports/transport.js';

export interface BoardConnection {
  /** `/dev/ttyACM0`, `/dev/ttyUSB0?baud=115200`, `unix:/run/board.sock`, or `tcp:host:port`. */
  readonly address: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Checks images and tells what they need, before a byte is sent. */
  readonly kernel: Kernel;
}

/**
 * Opens the line to a board and keeps it open. It returns at once: calls wait until the line is there.
 * @throws LlnError CONFIG_INVALID if the address is none.
 */
export function connectBoard({ address, ...components }: BoardConnection): Board {
  return boardOver(transportOf(address), components);
}

/** A board at the end of any transport. */
export function boardOver(transport: Transport, components: Omit<BoardConnection, 'address'>): Board {
  const { clock, random, kernel } = components;
  return new BoardClient({ clock, random, transport, measure: (image) => measureImage(kernel, image) });
}

function transportOf(address: string): Transport {
  const place = parseAddress(address);
  switch (place.kind) {
    case 'serial':
      return new SerialTransport(place.path, place.baudRate);
    case 'unix':
      return new SocketTransport(address, { path: place.path });
    case 'tcp':
      return new SocketTransport(address, { host: place.host, port: place.port });
  }
}

function measureImage(kernel: Kernel, image: Uint8Array): Requirements {
  const network = kernel.open(image);
  const { scratchBytes, inputSize, outputSize } = network;
  const stateBytes = network.createState().values.byteLength;
  network.close();
  const messageBytes = messageBytesOf(inputSize, outputSize, stateBytes);
  return { kernelAbi, imageBytes: image.length, scratchBytes, stateBytes, messageBytes };
}
