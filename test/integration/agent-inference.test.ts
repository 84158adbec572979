import { request } from 'node:http';
import t from 'tap';
import { AgentProcess } from '../support/agent/agent-process.js';
import { deployOf, desired, quickPolicy } from '../support/agent/documents.js';
import { misbehavingPackage, signedPackage } from '../support/agent/signed-package.js';
import { StandInFleet } from '../support/agent/stand-in-fleet.js';
import { waitFor } from '../support/wait-for.js';

t.setTimeout(120_000);

const first = signedPackage();
const second = signedPackage({ version: '2.0.0', weight: 0.6, latencyMs: 5 });
const bad = misbehavingPackage();

async function deploy(fleet: StandInFleet, generation: number, { reference }: typeof first): Promise<void> {
  await fleet.setDesired('gw-1', desired(generation, deployOf(reference, { ...quickPolicy, windowSeconds: 3 })));
}

function isOutcome(fleet: StandInFleet, generation: number, result: string): boolean {
  const outcome = fleet.reports.at(-1)?.outcome;
  return outcome?.generation === generation && outcome.result === result;
}

t.test('a real agent', async (t) => {
  const fleet = await StandInFleet.start();
  for (const offered of [first, second, bad]) await fleet.offerPackage(offered);
  const agent = await AgentProcess.start({ broker: fleet.url });
  t.teardown(async () => {
    await agent.stop('SIGKILL');
    await fleet.stop();
  });

  t.test('says 503 with Retry-After while no package is live', async (t) => {
    const response = await fetch(`${agent.url}/inference`, { method: 'POST', body: '{"input":[1]}' });
    t.equal(response.status, 503);
    t.ok(response.headers.get('retry-after'));
    t.equal((await agent.get('/health')).status, 503);
    t.equal((await agent.get('/model')).status, 503);
  });

  t.test('takes a package over the network, tries it, and confirms it', async () => {
    await deploy(fleet, 1, first);
    await waitFor('the first package to be confirmed', () => isOutcome(fleet, 1, 'confirmed'));
  });

  t.test('B49: POST /inference answers with output, digest and latency, whatever the Content-Type', async (t) => {
    for (const contentType of ['application/x-www-form-urlencoded', 'text/plain', 'application/json']) {
      const response = await fetch(`${agent.url}/inference`, {
        method: 'POST',
        body: '{"input": [0.5]}',
        headers: { 'content-type': contentType },
      });
      t.equal(response.status, 200);
      t.match(await response.json(), {
        output: [Number, Number],
        label: null,
        model: { name: 'tiny', version: '1.0.0', digest: first.reference.digest, slot: 'blue' },
        device: 'gw-1',
        latencyUs: Number,
      });
    }
  });

  t.test('B49: what is wrong with a request is said, with the element, and is no error of the model', async (t) => {
    const cases: [unknown, number, RegExp][] = [
      ['{"input":[NaN]}', 400, /input\[0\] is NaN/],
      ['{"inputs":[[1],[Infinity]]}', 400, /inputs\[1\]\[0\] is Infinity/],
      [{ input: ['1'] }, 400, /input\[0\] is a string/],
      [{ input: [1, 2] }, 400, /input has 2 elements, the network takes 1/],
      [{ input: [1e39] }, 400, /input\[0\] is 1e\+39: too large/],
      [{ input: [1], dt: -1 }, 400, /dt is -1/],
      [{ inputs: [[1], [2]], dt: [1] }, 400, /dt has 1 elements for 2 steps/],
      [{ input: [1], inputs: [[1]] }, 400, /either/],
      [{ input: [1], device: 'gw-2' }, 400, /gw-2/],
      [{ input: [1], hurry: true }, 400, /hurry/],
      ['{"input":[1', 400, /not JSON/],
      ['[]', 400, /object/],
      [JSON.stringify({ input: [1], session: 'x'.repeat(1_100_000) }), 413, /more than 1048576 bytes/],
    ];
    for (const [body, status, detail] of cases) {
      const answer = await agent.infer(body);
      t.equal(answer.status, status);
      t.match(answer.body['detail'], detail);
    }
    const { windows } = (await agent.get('/health?verbose')).body as { windows: { recent: Record<string, number> } };
    t.equal(windows.recent['errors'], 0);
    t.ok((windows.recent['rejected'] ?? 0) >= cases.length - 1);
  });

  t.test('B49: a body of 10 MB is refused without being read', async (t) => {
    const status = await new Promise<number>((resolve, reject) => {
      const sent = request(`${agent.url}/inference`, { method: 'POST' }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.setHeader('content-length', 10_000_000);
      sent.on('error', reject);
      sent.write(Buffer.alloc(1_000, 0x20));
    });
    t.equal(status, 413);
  });

  t.test('B49: whoever sends 10 MB to the end reads the refusal', async (t) => {
    const response = await fetch(`${agent.url}/inference`, { method: 'POST', body: Buffer.alloc(10_000_000, 0x20) });
    t.equal(response.status, 413);
    t.match(await response.json(), { code: 'MESSAGE_TOO_LARGE' });
  });

  t.test('an address that is none is refused, and ends nothing', async (t) => {
    const { hostname, port } = new URL(agent.url);
    const status = await new Promise<number>((resolve, reject) => {
      const sent = request({ hostname, port, path: '//' }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.on('error', reject).end();
    });
    t.equal(status, 404);
    t.equal((await agent.get('/health')).status, 200);
  });

  t.test('a sequence of thousands of steps gives what its pieces give', async (t) => {
    const inputs = Array.from({ length: 9_000 }, (_, step) => [Math.sin(step)]);
    const whole = await agent.infer({ inputs });
    await agent.infer({ inputs: inputs.slice(0, 4_321), session: 'pieces' });
    const rest = await agent.infer({ inputs: inputs.slice(4_321), session: 'pieces' });
    t.equal((whole.body['outputs'] as unknown[]).length, 9_000);
    t.same(whole.body['output'], rest.body['output']);
  });

  t.test('sequences, time steps and sessions give what single steps give', async (t) => {
    const whole = await agent.infer({ inputs: [[0.1], [0.2], [0.3]], dt: [1, 2, 3] });
    const steps = [];
    for (const [index, input] of [0.1, 0.2, 0.3].entries())
      steps.push((await agent.infer({ input: [input], dt: index + 1, session: 's' })).body['output']);
    t.same(whole.body['outputs'], steps);
    t.same(whole.body['output'], steps.at(-1));
    const fresh = await agent.infer({ input: [0.3], dt: 3 });
    t.notSame(fresh.body['output'], steps.at(-1), 'without a session every call starts anew');
  });

  t.test('unknown paths and wrong methods are told apart', async (t) => {
    t.equal((await agent.get('/nowhere')).status, 404);
    const response = await fetch(`${agent.url}/inference`);
    t.equal(response.status, 405);
    t.equal(response.headers.get('allow'), 'POST');
  });

  t.test('metrics are in the format that Prometheus reads', async (t) => {
    const text = await (await fetch(`${agent.url}/metrics`)).text();
    t.match(text, /^lln_inferences_total\{result="ok",origin="client",device="gw-1"\} \d+$/m);
    t.match(text, /^lln_model_info\{model="tiny@1.0.0",state="confirmed",device="gw-1"\} 1$/m);
  });

  t.test('a swap, a confirm and a revert under load fail no request', async (t) => {
    let isOver = false;
    const failures: unknown[] = [];
    let answered = 0;
    const client = async (session: string) => {
      while (!isOver) {
        const answer = await agent.infer({ input: [0.5], session });
        if (answer.status === 200) answered += 1;
        else failures.push(answer);
      }
    };
    const clients = ['a', 'b', 'c', 'd'].map(client);
    await deploy(fleet, 2, second);
    await waitFor('the second package to be confirmed', () => isOutcome(fleet, 2, 'confirmed'));
    await deploy(fleet, 3, bad);
    await waitFor('the misbehaving package to be left', () => isOutcome(fleet, 3, 'reverted'));
    isOver = true;
    await Promise.all(clients);
    t.same(failures, []);
    t.ok(answered > 100, `${answered} requests were answered`);
    const reverted = fleet.events.map(({ body }) => body).findLast((body) => body.kind === 'reverted');
    t.match(reverted, { cause: 'policy', requestsFailed: 0, to: { digest: second.reference.digest } });
    t.equal((await agent.get('/model')).body['digest'], second.reference.digest);
  });

  t.test('B23: with the broker gone it goes on serving, and tells all when it is back', async (t) => {
    const { port } = fleet;
    await fleet.stop();
    t.equal((await agent.infer({ input: [0.5] })).status, 200);
    t.equal((await agent.get('/health')).status, 200);
    const again = await StandInFleet.start(port);
    t.teardown(() => again.stop());
    await waitFor('a report to the new broker', () => again.reports.length > 0);
    t.match(again.reports.at(-1)?.running, { digest: second.reference.digest, state: 'confirmed' });
  });

  t.test('SIGTERM ends it cleanly', async (t) => {
    t.equal(await agent.stop(), 0);
  });
});

t.test('a kill in the middle of a trial reverts at the next start, without a broker', async (t) => {
  const fleet = await StandInFleet.start();
  for (const offered of [first, second]) await fleet.offerPackage(offered);
  const agent = await AgentProcess.start({ broker: fleet.url });
  await deploy(fleet, 1, first);
  await waitFor('the first package to be confirmed', () => isOutcome(fleet, 1, 'confirmed'));
  await fleet.setDesired('gw-1', desired(2, deployOf(second.reference)));
  await waitFor('the trial', () => fleet.reports.at(-1)?.running?.state === 'trial');
  await agent.stop('SIGKILL');
  const { url } = fleet;
  await fleet.stop();
  const restarted = await AgentProcess.start({ broker: url, folder: agent.folder });
  t.teardown(() => restarted.stop('SIGKILL'));
  t.match((await restarted.get('/model')).body, { digest: first.reference.digest, state: 'confirmed' });
  t.equal((await restarted.infer({ input: [0.5] })).status, 200);
});

t.test('a configuration with an unknown key is refused, naming it', async (t) => {
  await t.rejects(AgentProcess.start({ broker: 'mqtt://127.0.0.1:1', config: { hurry: true } }), /hurry/);
});

t.test('one process works on a data folder, and one that was killed does not stand in the way', async (t) => {
  const agent = await AgentProcess.start({ broker: 'mqtt://127.0.0.1:1' });
  await t.rejects(AgentProcess.start({ broker: 'mqtt://127.0.0.1:1', folder: agent.folder }), /another agent/);
  t.equal((await agent.get('/health')).status, 503, 'the first one goes on');
  await agent.stop('SIGKILL');
  const next = await AgentProcess.start({ broker: 'mqtt://127.0.0.1:1', folder: agent.folder });
  t.equal(await next.stop(), 0);
});
