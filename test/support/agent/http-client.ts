import { once } from 'node:events';
import { type Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';

/** `POST /inference` over the connections of a pool. @param query such as `?device=gw-1.a` */
export async function askOver(pool: Agent, url: string, body: string, query = ''): Promise<IncomingMessage> {
  const sent = request(`${url}/inference${query}`, { method: 'POST', agent: pool });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

/** Whether nobody takes connections there. */
export function isRefused(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(true));
  });
}
