import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { decodeCbor, encodeCbor } from '@liquid-lln/protocol';
import t from 'tap';
import { AgentProcess } from '../support/agent/agent-process.js';
import { deployOf, desired } from '../support/agent/documents.js';
import { askOver, isRefused } from '../support/agent/http-client.js';
import { signedPackage } from '../support/agent/signed-package.js';
import { StandInFleet } from '../support/agent/stand-in-fleet.js';
import { waitFor } from '../support/wait-for.js';

t.setTimeout(60_000);

const tiny = signedPackage();

/** An agent that serves the smallest package, without a broker from then on. */
async function startServing() {
  const fleet = await StandInFleet.start();
  await fleet.offerPackage(tiny);
  const agent = await AgentProcess.start({ broker: fleet.url });
  await fleet.setDesired('gw-1', desired(1, deployOf(tiny.reference)));
  await waitFor('the package to be confirmed', () => fleet.reports.at(-1)?.outcome?.result === 'confirmed');
  return { agent, fleet };
}

async function post(url: string, body: string | Uint8Array, headers: Record<string, string>) {
  const response = await fetch(`${url}/inference`, { method: 'POST', body: Buffer.from(body), headers });
  return { status: response.status, type: response.headers.get('content-type'), response };
}

t.test('an agent that serves', async (t) => {
  const { agent, fleet } = await startServing();
  t.teardown(async () => {
    await agent.stop('SIGKILL');
    await fleet.stop();
  });
  const cbor = 'application/cbor';
  const { body: expected } = await agent.infer({ input: [0.5] });

  t.test('takes CBOR and gives CBOR, with the same numbers', async (t) => {
    const { status, type, response } = await post(agent.url, encodeCbor({ input: [0.5] }), {
      'content-type': cbor,
      accept: cbor,
    });
    t.same([status, type], [200, cbor]);
    t.equal(response.headers.get('vary'), 'accept');
    const answer = decodeCbor(Buffer.from(await response.arrayBuffer()), 'answer');
    t.match(answer, { output: expected['output'], model: expected['model'], device: 'gw-1' });
  });

  t.test('each way is chosen by itself', async (t) => {
    const outOnly = await post(agent.url, '{"input":[0.5]}', { accept: cbor });
    t.same([outOnly.status, outOnly.type], [200, cbor]);
    const inOnly = await post(agent.url, encodeCbor({ input: [0.5] }), { 'content-type': cbor });
    t.same([inOnly.status, inOnly.type], [200, 'application/json']);
    t.match(await inOnly.response.json(), { output: expected['output'] });
  });

  t.test('what is wrong in CBOR is said like what is wrong in JSON', async (t) => {
    const cases: [Uint8Array, RegExp][] = [
      [encodeCbor({ input: [Number.NaN] }), /input\[0\] is NaN/],
      [encodeCbor({ input: [1n << 60n] }), /input\[0\] is a bigint/],
      [encodeCbor([1]), /object/],
      [Buffer.from('ff', 'hex'), /not well-formed CBOR/],
      [Buffer.from('9affffffff', 'hex'), /not well-formed CBOR/],
      [Buffer.alloc(100_000, 0x81), /not well-formed CBOR/],
      [Buffer.alloc(0), /not well-formed CBOR/],
    ];
    for (const [body, detail] of cases) {
      const { status, type, response } = await post(agent.url, body, { 'content-type': cbor, accept: cbor });
      t.same([status, type], [400, 'application/problem+json']);
      t.match(await response.json(), { code: 'INPUT_INVALID', detail });
    }
  });

  t.test('one connection carries request after request', async (t) => {
    const pool = new Agent({ keepAlive: true, maxSockets: 1 });
    t.teardown(() => pool.destroy());
    const ports = new Set<number | undefined>();
    for (let round = 0; round < 3; round++) {
      const response = await askOver(pool, agent.url, '{"input":[0.5]}');
      ports.add(response.socket.localPort);
      t.equal(response.headers.connection, 'keep-alive');
      await text(response);
    }
    t.equal(ports.size, 1);
  });

  t.test('the metrics count every inference, in its bucket and in all above', async (t) => {
    const text = await (await fetch(`${agent.url}/metrics`)).text();
    const figureOf = (line: string) =>
      Number(
        text
          .split('\n')
          .find((one) => one.startsWith(`${line} `))
          ?.split(' ')[1],
      );
    const pattern = /^lln_inference_latency_seconds_bucket\{le="([^"]+)",device="gw-1"\} (\d+)$/gm;
    const buckets = [...text.matchAll(pattern)];
    const counts = buckets.map(([, , count]) => Number(count));
    t.same(buckets.at(-1)?.[1], '+Inf');
    t.same(
      counts,
      [...counts].sort((a, b) => a - b),
      'buckets hold what those below hold',
    );
    const all = ['ok', 'error'].flatMap((result) =>
      ['client', 'probe'].map((origin) =>
        figureOf(`lln_inferences_total{result="${result}",origin="${origin}",device="gw-1"}`),
      ),
    );
    const sum = all.reduce((total, count) => total + count, 0);
    t.ok(sum > 0);
    t.equal(counts.at(-1), sum);
    t.equal(figureOf('lln_inference_latency_seconds_count{device="gw-1"}'), sum);
    t.ok(figureOf('lln_inference_latency_seconds_sum{device="gw-1"}') > 0);
    t.match(text, /^lln_http_answers_total\{path="\/inference",status="200"\} \d+$/m);
  });

  t.test('a client that goes away in the middle of its body disturbs nobody', async (t) => {
    const { hostname, port } = new URL(agent.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write('POST /inference HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"input"');
    socket.destroy();
    t.equal((await agent.infer({ input: [0.5] })).status, 200);
  });
});

t.test(
  'stopping answers what is in work, on a connection that it then closes, and does not wait for idle ones',
  async (t) => {
    const { agent, fleet } = await startServing();
    t.teardown(() => fleet.stop());
    const pool = new Agent({ keepAlive: true });
    t.teardown(() => pool.destroy());
    await text(await askOver(pool, agent.url, '{"input":[0.5]}')); // leaves an idle connection
    const { hostname, port } = new URL(agent.url);
    const late = request({ hostname, port, path: '/inference', method: 'POST', agent: new Agent({ keepAlive: true }) });
    late.setHeader('content-length', 15);
    late.write('{"input":');
    const answered = once(late, 'response') as Promise<[IncomingMessage]>;
    await waitFor('the request to be in work', async () => (await agent.get('/health')).status === 200);
    const startedMs = performance.now();
    const stopped = agent.stop();
    await waitFor('no new connections', () => isRefused(agent.url));
    late.end('[0.5]}');
    const [response] = await answered;
    t.equal(response.statusCode, 200);
    t.equal(response.headers.connection, 'close');
    t.match(JSON.parse(await text(response)), { output: [Number, Number] });
    t.equal(await stopped, 0);
    t.ok(performance.now() - startedMs < 4_000, 'before the time after which connections are cut');
  },
);
