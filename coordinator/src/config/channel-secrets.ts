import { readFile } from 'node:fs/promises';
import { type ChannelName, channelNameSchema, LlnError, parseWith } from '@liquid-lln/protocol';
import type { OpenChannel } from '../ports/notice-channels.js';
import type { AlertingConfig, ChannelConfig } from './alerting-config.js';

/** A shorter secret could be guessed. */
const secretLengthMin = 16;

/**
 * Reads the secrets of all channels.
 * @throws LlnError CONFIG_INVALID naming the channel and the file, never what is in it
 */
export async function readChannels({ channels }: AlertingConfig): Promise<Map<ChannelName, OpenChannel>> {
  const opened = new Map<ChannelName, OpenChannel>();
  for (const [name, config] of Object.entries(channels))
    opened.set(parseWith(channelNameSchema, name, 'channel name'), await readChannel(name, config));
  return opened;
}

async function readChannel(name: string, config: ChannelConfig): Promise<OpenChannel> {
  switch (config.kind) {
    case 'webhook': {
      const secret = await readSecret(name, config.secretFile);
      if (secret.length < secretLengthMin)
        throw new LlnError('CONFIG_INVALID', `channel ${name}: the secret has less than ${secretLengthMin} characters`);
      return { kind: 'webhook', url: config.url, secret };
    }
    case 'slack': {
      const url = await readSecret(name, config.urlFile);
      if (!/^https?:\/\/./.test(url))
        throw new LlnError('CONFIG_INVALID', `channel ${name}: its file holds no address`);
      return { kind: 'slack', url };
    }
    case 'pagerduty':
      return { kind: 'pagerduty', url: config.url, routingKey: await readSecret(name, config.routingKeyFile) };
    case 'smtp': {
      const { host, port, tls, from, to, username, passwordFile } = config;
      const password = passwordFile === null ? null : await readSecret(name, passwordFile);
      const login = username === null || password === null ? null : { username, password };
      return { kind: 'smtp', host, port, secure: tls === 'wrapped', requireTls: tls === 'required', from, to, login };
    }
  }
}

async function readSecret(name: string, path: string): Promise<string> {
  const content = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new LlnError('CONFIG_INVALID', `channel ${name}: cannot read ${path}`, { path }, cause);
  });
  const secret = content.trim();
  if (secret === '') throw new LlnError('CONFIG_INVALID', `channel ${name}: ${path} is empty`, { path });
  return secret;
}
