import { type ChildProcess, fork } from 'node:child_process';
import { parseWith } from '@liquid-lln/protocol';
import { programs } from '../../fleet/project-paths.js';
import { waitFor } from '../../fleet/wait-until.js';
import { newsSchema, type Order } from './gateways/messages.js';

/** The process in which all simulated gateways live, so that they cost the coordinator nothing but messages. */
export class GatewayProcess {
  readonly #child: ChildProcess;
  readonly #reached = new Map<string, readonly number[]>();
  #isReady = false;
  /** Connections that broke, or were never made. */
  lost = 0;
  why = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message) => this.#take(message));
  }

  static async start(): Promise<GatewayProcess> {
    const started = new GatewayProcess(fork(programs.gateways, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));
    await waitFor({ what: 'the process of the gateways', timeoutMs: 30_000 }, () => started.#isReady || null);
    return started;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  connect(order: Omit<Extract<Order, { kind: 'connect' }>, 'kind'>): void {
    this.#child.send({ kind: 'connect', ...order } satisfies Order);
  }

  count(milestone: string): void {
    this.#reached.delete(milestone);
    this.#child.send({ kind: 'count', milestone } satisfies Order);
  }

  /**
   * Waits until as many gateways have reached a milestone.
   * @returns the moments, on the wall clock, in order
   * @throws WaitTimeout; Error when connections were lost
   */
  until(milestone: string, count: number, timeoutMs: number): Promise<readonly number[]> {
    const what = `${count} gateways: ${milestone}`;
    return waitFor({ what, timeoutMs, everyMs: 50 }, () => {
      if (this.lost > 0) throw new Error(`${this.lost} connections were lost: ${this.why}`);
      const timesMs = this.#reached.get(milestone) ?? [];
      return timesMs.length >= count ? timesMs : null;
    });
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  #take(message: unknown): void {
    const news = parseWith(newsSchema, message, 'news of the gateways');
    if (news.kind === 'ready') this.#isReady = true;
    if (news.kind === 'reached') this.#reached.set(news.milestone, news.timesMs);
    if (news.kind === 'lost') Object.assign(this, { lost: news.lost, why: news.why });
  }
}
