import { createServer } from 'node:http';
import { announce } from '../announce.js';

/** As long as the agent's answer; the constant is all that this server knows. */
const [answer = '{}'] = process.argv.slice(2);

const server = createServer((request, response) => {
  request.resume();
  request.once('end', () => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) });
    response.end(answer);
  });
});
server.listen(0, '127.0.0.1', () => announce(server.address()));
