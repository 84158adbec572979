import { request } from 'node:http';
import { LlnError } from '@liquid-lln/protocol';
import type { AskSelf } from '../../ports/ask-self.js';

const timeoutMs = 30_000;
const bodyBytesMax = 4 * 1024 * 1024;

/** Asks this machine's own `/inference` through a socket, as any client does. */
export const askSelf: AskSelf = (url, body) =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const asked = request(url, { method: 'POST', headers, timeout: timeoutMs }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
        if (text.length > bodyBytesMax) asked.destroy(new Error('the answer has no end'));
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      response.on('error', reject);
    });
    asked.on('timeout', () => asked.destroy(new LlnError('TIMED_OUT', `${url} did not answer in time`)));
    asked.on('error', reject);
    asked.end(body);
  });
