import { networkInterfaces } from 'node:os';

const wildcardHosts = new Set(['0.0.0.0', '::', '']);
const addressesMax = 16;

/** The URLs under which a server on `host` can be reached; a wildcard stands for all of the machine's addresses. */
export function reachableUrls(host: string, port: number): string[] {
  if (!wildcardHosts.has(host)) return [toUrl(host, port)];
  const addresses = Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter(({ scopeid }) => scopeid === undefined || scopeid === 0)
    .sort((a, b) => Number(a.internal) - Number(b.internal));
  return addresses.slice(0, addressesMax).map(({ address }) => toUrl(address, port));
}

function toUrl(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
