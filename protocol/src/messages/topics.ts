import * as v from 'valibot';
import {
  type ClientId,
  clientIdSchema,
  type DeviceId,
  type Digest,
  deviceIdSchema,
  digestSchema,
  type Environment,
  environmentSchema,
  type GatewayId,
  type RequestId,
  requestIdSchema,
} from '../base/ids.js';
import { satisfies } from '../base/schema.js';

/** Topics of one fleet, below `lln/v1/{fleet}/`. */
export interface Topics {
  wave(environment: Environment): string;
  desired(device: DeviceId): string;
  isolation(device: DeviceId): string;
  reported(device: DeviceId): string;
  status(device: DeviceId): string;
  health(device: DeviceId): string;
  event(device: DeviceId): string;
  /** Coordinator to agent: which events it has stored. */
  eventAck(device: DeviceId): string;
  log(device: DeviceId): string;
  command(device: DeviceId, request: RequestId): string;
  reply(device: DeviceId, request: RequestId): string;
  packageManifest(digest: Digest): string;
  packageChunk(digest: Digest, index: number): string;
  operatorRequest(client: ClientId, request: RequestId): string;
  operatorReply(client: ClientId, request: RequestId): string;
  operatorProgress(client: ClientId, request: RequestId): string;
}

export const fleetNameSchema = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9_-]{0,47}$/, 'must be 1 to 48 of a-z 0-9 _ -'),
);

export function topicRoot(fleet: string): string {
  return `lln/v1/${fleet}`;
}

export function topicsOf(fleet: string): Topics {
  const root = topicRoot(fleet);
  return {
    wave: (environment) => `${root}/env/${environment}/wave`,
    desired: (device) => `${root}/device/${device}/desired`,
    isolation: (device) => `${root}/device/${device}/isolation`,
    reported: (device) => `${root}/device/${device}/reported`,
    status: (device) => `${root}/device/${device}/status`,
    health: (device) => `${root}/device/${device}/health`,
    event: (device) => `${root}/device/${device}/event`,
    eventAck: (device) => `${root}/device/${device}/ack`,
    log: (device) => `${root}/device/${device}/log`,
    command: (device, request) => `${root}/device/${device}/command/${request}`,
    reply: (device, request) => `${root}/device/${device}/reply/${request}`,
    packageManifest: (digest) => `${root}/package/${digest}/manifest`,
    packageChunk: (digest, index) => `${root}/package/${digest}/chunk/${index}`,
    operatorRequest: (client, request) => `${root}/operator/${client}/request/${request}`,
    operatorReply: (client, request) => `${root}/operator/${client}/reply/${request}`,
    operatorProgress: (client, request) => `${root}/operator/${client}/progress/${request}`,
  };
}

const deviceLeaves = ['desired', 'isolation', 'reported', 'status', 'health', 'event', 'ack', 'log'] as const;
type DeviceLeaf = (typeof deviceLeaves)[number];

/** A topic taken apart. */
export type Address =
  | { readonly kind: 'wave'; readonly environment: Environment }
  | { readonly kind: DeviceLeaf; readonly device: DeviceId }
  | { readonly kind: 'command' | 'reply'; readonly device: DeviceId; readonly request: RequestId }
  | { readonly kind: 'package-manifest'; readonly digest: Digest }
  | { readonly kind: 'package-chunk'; readonly digest: Digest; readonly index: number }
  | {
      readonly kind: 'operator-request' | 'operator-reply' | 'operator-progress';
      readonly client: ClientId;
      readonly request: RequestId;
    };

const operatorLeaves = ['request', 'reply', 'progress'] as const;

/** Takes a concrete topic (no wildcards) of `fleet` apart; null if it is not one of ours. */
export function parseTopic(fleet: string, topic: string): Address | null {
  const root = `${topicRoot(fleet)}/`;
  if (!topic.startsWith(root)) return null;
  const levels = topic.slice(root.length).split('/');
  const [head, id, leaf, tail] = levels;
  if (head === 'env' && levels.length === 3 && leaf === 'wave' && satisfies(environmentSchema, id))
    return { kind: 'wave', environment: id };
  if (head === 'device' && satisfies(deviceIdSchema, id)) return parseDeviceTopic(id, leaf, tail, levels.length);
  if (head === 'package' && satisfies(digestSchema, id)) return parsePackageTopic(id, leaf, tail, levels.length);
  if (head === 'operator' && satisfies(clientIdSchema, id)) {
    const kind = operatorLeaves.find((name) => name === leaf);
    if (kind === undefined || levels.length !== 4 || !satisfies(requestIdSchema, tail)) return null;
    return { kind: `operator-${kind}`, client: id, request: tail };
  }
  return null;
}

function parseDeviceTopic(
  device: DeviceId,
  leaf: string | undefined,
  tail: string | undefined,
  depth: number,
): Address | null {
  if (depth === 3) {
    const kind = deviceLeaves.find((name) => name === leaf);
    return kind === undefined ? null : { kind, device };
  }
  if (depth !== 4 || (leaf !== 'command' && leaf !== 'reply') || !satisfies(requestIdSchema, tail)) return null;
  return { kind: leaf, device, request: tail };
}

function parsePackageTopic(
  digest: Digest,
  leaf: string | undefined,
  tail: string | undefined,
  depth: number,
): Address | null {
  if (depth === 3 && leaf === 'manifest') return { kind: 'package-manifest', digest };
  if (depth !== 4 || leaf !== 'chunk' || tail === undefined || !/^(?:0|[1-9]\d{0,5})$/.test(tail)) return null;
  return { kind: 'package-chunk', digest, index: Number(tail) };
}

/** Who a broker connection belongs to. */
export type Principal =
  | { readonly role: 'coordinator' }
  | { readonly role: 'operator'; readonly client: ClientId }
  | { readonly role: 'device'; readonly gateway: GatewayId };

/** Whether `device` is the gateway itself or one of its boards. */
export function ownsDevice(gateway: GatewayId, device: DeviceId): boolean {
  return device === (gateway as string) || device.startsWith(`${gateway}.`);
}

/** Whether a principal may publish to a topic. A pure rule, which any broker can be told (docs/SPEC.md). */
export function mayPublish(fleet: string, principal: Principal, topic: string): boolean {
  if (principal.role === 'coordinator') return topic.startsWith(`${topicRoot(fleet)}/`);
  const address = parseTopic(fleet, topic);
  if (address === null) return false;
  if (principal.role === 'operator') return address.kind === 'operator-request' && address.client === principal.client;
  const isDeviceLeaf = ['reported', 'status', 'health', 'event', 'log', 'reply'].includes(address.kind);
  return isDeviceLeaf && 'device' in address && ownsDevice(principal.gateway, address.device);
}

/**
 * Whether a principal may subscribe to a filter. A device may use one wildcard form, `command/+` below itself, and an
 * operator `reply/+` and `progress/+`; every other filter of theirs is a concrete topic.
 */
export function maySubscribe(fleet: string, principal: Principal, filter: string): boolean {
  if (principal.role === 'coordinator') return filter.startsWith(`${topicRoot(fleet)}/`);
  const address = parseTopic(fleet, filter.replace(/\/\+$/, '/any'));
  if (address === null) return false;
  if (principal.role === 'operator') {
    return (
      (address.kind === 'operator-reply' || address.kind === 'operator-progress') && address.client === principal.client
    );
  }
  if (address.kind === 'wave') return true;
  if (address.kind === 'package-manifest' || address.kind === 'package-chunk') return !filter.endsWith('+');
  const isReadable = ['desired', 'isolation', 'ack', 'command'].includes(address.kind);
  return isReadable && 'device' in address && ownsDevice(principal.gateway, address.device);
}
