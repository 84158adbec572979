import { LlnError } from '@liquid-lln/protocol';

/** Where a board is, in the terms of what opens it. */
export type BoardAddress =
  | { readonly kind: 'serial'; readonly path: string; readonly baudRate: number }
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

const baudRateDefault = 921_600;
const portMax = 65_535;

/**
 * Reads `/dev/ttyACM0`, `/dev/ttyUSB0?baud=115200`, `unix:/run/board.sock`, or `tcp:host:port`.
 * @throws LlnError CONFIG_INVALID
 */
export function parseAddress(address: string): BoardAddress {
  const unix = /^unix:(?<path>\/.+)$/.exec(address)?.groups?.['path'];
  if (unix !== undefined) return { kind: 'unix', path: unix };
  const tcp = /^tcp:(?<host>.+):(?<port>\d+)$/.exec(address)?.groups;
  if (tcp?.['host'] !== undefined) return { kind: 'tcp', host: tcp['host'], port: readPort(address, tcp['port']) };
  const serial = /^(?<path>\/[^?]+)(?:\?baud=(?<baud>\d+))?$/.exec(address)?.groups;
  if (serial?.['path'] === undefined) {
    throw new LlnError('CONFIG_INVALID', `${address} is not a path of a serial port, unix:PATH or tcp:HOST:PORT`);
  }
  return { kind: 'serial', path: serial['path'], baudRate: Number(serial['baud'] ?? baudRateDefault) };
}

function readPort(address: string, digits: string | undefined): number {
  const port = Number(digits);
  if (port >= 1 && port <= portMax) return port;
  throw new LlnError('CONFIG_INVALID', `${address} has no port between 1 and ${portMax}`);
}
