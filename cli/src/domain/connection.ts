import { fleetNameSchema, LlnError, parseWith, text } from '@liquid-lln/protocol';
import * as v from 'valibot';

/** A file that says where the coordinator is: the user's `config.json`, or the `operator.json` of a coordinator. */
export const connectionFileSchema = v.strictObject({
  broker: v.optional(text(500)),
  username: v.optional(text(64)),
  password: v.optional(text(128)),
  fleet: v.optional(fleetNameSchema),
});
export type ConnectionFile = v.InferOutput<typeof connectionFileSchema>;

/** A connection file that was found, and how it was found. */
export interface FoundFile {
  readonly path: string;
  /** Somebody named it, rather than that it lay in its usual place. */
  readonly isNamed: boolean;
  readonly content: ConnectionFile;
}

/** Everything that may say where the coordinator is. */
export interface ConnectionSources {
  /** `--broker` */
  readonly brokerOption: string | null;
  /** `--fleet` */
  readonly fleetOption: string | null;
  /** Environment variables. */
  readonly env: {
    readonly broker: string | null;
    readonly username: string | null;
    readonly password: string | null;
    readonly fleet: string | null;
  };
  /** In the order in which they count. */
  readonly files: readonly FoundFile[];
}

/** Where the coordinator is, and as whom to speak to it. */
export interface ConnectionSettings {
  /** Without user information. */
  readonly brokerUrl: string;
  readonly username: string | null;
  readonly password: string | null;
  readonly fleet: string;
  /** In words, for error messages: where the address was found. */
  readonly origin: string;
}

export const defaultBrokerUrl = 'mqtt://127.0.0.1:1883';
export const defaultFleet = 'default';

/**
 * Picks the address and the credentials. A file that nobody named gives its credentials only to the broker that it
 * names itself: `--broker elsewhere` must not carry a local password to elsewhere.
 * @throws LlnError USAGE for an address that is not one
 */
export function resolveConnection(sources: ConnectionSources): ConnectionSettings {
  const { address, origin } = findAddress(sources);
  const url = parseBrokerUrl(address, origin);
  const credentials = findCredentials(sources, url);
  const fleet = sources.fleetOption ?? sources.env.fleet ?? fileValue(sources, 'fleet') ?? defaultFleet;
  return {
    brokerUrl: withoutUserInfo(url),
    ...credentials,
    fleet: parseWith(fleetNameSchema, fleet, 'fleet name', 'USAGE'),
    origin,
  };
}

function findAddress({ brokerOption, env, files }: ConnectionSources): { address: string; origin: string } {
  if (brokerOption !== null) return { address: brokerOption, origin: '--broker' };
  if (env.broker !== null) return { address: env.broker, origin: 'LLN_BROKER' };
  for (const { path, content } of files) {
    if (content.broker !== undefined) return { address: content.broker, origin: path };
  }
  return { address: defaultBrokerUrl, origin: 'the default address' };
}

function findCredentials(sources: ConnectionSources, url: URL): Pick<ConnectionSettings, 'username' | 'password'> {
  if (url.username !== '') {
    return { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  }
  const { username, password } = sources.env;
  if (username !== null) return { username, password };
  const file = sources.files.find((found) => found.content.username !== undefined && vouchesFor(found, url));
  return { username: file?.content.username ?? null, password: file?.content.password ?? null };
}

function vouchesFor({ isNamed, path, content }: FoundFile, url: URL): boolean {
  if (isNamed) return true;
  if (content.broker === undefined) return false;
  return withoutUserInfo(parseBrokerUrl(content.broker, path)) === withoutUserInfo(url);
}

function fileValue({ files }: ConnectionSources, key: keyof ConnectionFile): string | undefined {
  return files.find(({ content }) => content[key] !== undefined)?.content[key];
}

function parseBrokerUrl(address: string, origin: string): URL {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || !['mqtt:', 'mqtts:'].includes(url.protocol) || url.hostname === '') {
    throw new LlnError('USAGE', `the broker address from ${origin} must look like mqtt://host:1883`, { origin });
  }
  return url;
}

function withoutUserInfo(url: URL): string {
  const port = url.port === '' ? (url.protocol === 'mqtts:' ? 8883 : 1883) : Number(url.port);
  return `${url.protocol}//${url.hostname}:${port}`;
}
