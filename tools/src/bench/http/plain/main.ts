import { createServer, type IncomingMessage } from 'node:http';
import { loadKernel } from '@liquid-lln/firmware-bridge';
import { buildNetworkImage, parseWith } from '@liquid-lln/protocol';
import * as v from 'valibot';
import { readExample } from '../../kernel/example.js';
import { announce } from '../announce.js';
import { exampleName } from '../example.js';

/**
 * The least that can answer at all: reads the body, parses it, steps the kernel, writes JSON. It watches nothing, and
 * can neither swap a package nor refuse one.
 */
const [answer = '{}'] = process.argv.slice(2);
const template = parseWith(v.looseObject({}), JSON.parse(answer), 'the answer');
const bodySchema = v.object({ input: v.array(v.number()) });
const network = loadKernel().open(buildNetworkImage(readExample(exampleName), { defaultTimeStep: 1 }));

function answerTo(body: Buffer): string {
  const { input } = v.parse(bodySchema, JSON.parse(body.toString()));
  const output = new Float32Array(network.outputSize);
  network.step(network.createState(), Float32Array.from(input), 1, output);
  return JSON.stringify({ ...template, output: [...output] });
}

function readBody(request: IncomingMessage, onBody: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.once('end', () => onBody(Buffer.concat(chunks)));
}

const server = createServer((request, response) => {
  readBody(request, (body) => {
    const text = answerTo(body);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
    response.end(text);
  });
});
server.listen(0, '127.0.0.1', () => announce(server.address()));
