import { parseWith, topicsOf } from '@liquid-lln/protocol';
import { type News, type Order, orderSchema } from './messages.js';
import { SharedDocuments } from './shared-documents.js';
import { type Milestone, SimulatedGateway } from './simulated-gateway.js';
import { WorkQueue } from './work-queue.js';

/** Connections on their way at once: as many as a listening socket keeps for its owner. */
const connectingMax = 400;
const newsEveryMs = 100;

const gateways: SimulatedGateway[] = [];
const reached = new Map<string, { timesMs: number[]; isTold: boolean }>();
let lost = 0;

process.on('message', (message) => {
  const order = parseWith(orderSchema, message, 'order');
  if (order.kind === 'count') reached.set(order.milestone, { timesMs: [], isTold: true });
  else connectAll(order).catch((error: unknown) => lose(String(error)));
});
process.on('disconnect', () => process.exit(0));
setInterval(tellNews, newsEveryMs);
tell({ kind: 'ready' });

async function connectAll({ host, port, gateways: all, healthSeconds }: Extract<Order, { kind: 'connect' }>) {
  const topics = topicsOf('default');
  const shared = new SharedDocuments();
  const work = new WorkQueue();
  const rest = all.values();
  const connectOneByOne = async () => {
    for (const { deviceId, password } of rest) {
      const gateway = await SimulatedGateway.start({
        broker: { host, port },
        deviceId,
        password,
        topics,
        shared,
        work,
        onMilestone: note,
        onLost: lose,
      });
      gateways.push(gateway);
    }
  };
  beatInTurn(all.length, healthSeconds);
  await Promise.all(Array.from({ length: connectingMax }, connectOneByOne));
}

/** Every gateway beats once in `healthSeconds`, and all of them evenly over the time. */
function beatInTurn(count: number, healthSeconds: number): void {
  const startedMs = performance.now();
  let beats = 0;
  setInterval(() => {
    const nowMs = performance.now();
    const due = Math.floor(((nowMs - startedMs) / 1_000 / healthSeconds) * count);
    for (; beats < due; beats += 1) gateways[beats % count]?.beat(nowMs);
  }, 20);
}

function note(milestone: Milestone): void {
  const known = reached.get(milestone);
  if (known === undefined) return;
  known.timesMs.push(Date.now());
  known.isTold = false;
}

function lose(why: string): void {
  lost += 1;
  tell({ kind: 'lost', lost, why: why.slice(0, 500) });
}

function tellNews(): void {
  for (const [milestone, known] of reached) {
    if (known.isTold) continue;
    known.isTold = true;
    tell({ kind: 'reached', milestone, count: known.timesMs.length, timesMs: known.timesMs });
  }
}

function tell(news: News): void {
  process.send?.(news);
}
