import { Agent, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { parseWith } from '@liquid-lln/protocol';
import * as v from 'valibot';
import { requestBody } from './example.js';

/** One answered request. */
export interface Answer {
  /** When it was due, on the clock of `performance.now()`. */
  readonly dueMs: number;
  readonly tookMs: number;
  /** Of the package that answered. */
  readonly digest: string;
}

const answerSchema = v.object({ model: v.object({ digest: v.string() }) });
const socketsMax = 32;

/**
 * Asks at a steady rate, whether the answers keep up or not: times count from the moment when a request was due, so that
 * a server that stands still is charged for every request that it keeps waiting.
 */
export class PacedClient {
  readonly answers: Answer[] = [];
  readonly failures: string[] = [];
  readonly #url: string;
  readonly #periodMs: number;
  readonly #pool = new Agent({ keepAlive: true, maxSockets: socketsMax });
  readonly #pending = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #nextMs = performance.now();

  constructor(url: string, ratePerSecond: number) {
    this.#url = url;
    this.#periodMs = 1_000 / ratePerSecond;
    this.#timer = setInterval(() => this.#sendDue(), Math.max(1, this.#periodMs / 2));
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
    this.#pool.destroy();
  }

  #sendDue(): void {
    for (; this.#nextMs <= performance.now(); this.#nextMs += this.#periodMs) {
      const sent = this.#ask(this.#nextMs).catch((error: unknown) => void this.failures.push(String(error)));
      this.#pending.add(sent);
      void sent.then(() => this.#pending.delete(sent));
    }
  }

  async #ask(dueMs: number): Promise<void> {
    const { status, body } = await this.#post();
    const tookMs = performance.now() - dueMs;
    if (status !== 200) throw new Error(`status ${status}: ${JSON.stringify(body)}`);
    this.answers.push({ dueMs, tookMs, digest: parseWith(answerSchema, body, 'the answer').model.digest });
  }

  #post(): Promise<{ readonly status: number | undefined; readonly body: unknown }> {
    return new Promise((resolve, reject) => {
      const sent = request(`${this.#url}/inference`, { method: 'POST', agent: this.#pool }, (response) => {
        json(response).then((body) => resolve({ status: response.statusCode, body }), reject);
      });
      sent.once('error', reject);
      sent.end(requestBody);
    });
  }
}
