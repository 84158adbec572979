import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Environment, parseWith } from '@liquid-lln/protocol';
import * as v from 'valibot';
import { Child } from './child.js';
import { type CliResult, expectCli, runCli } from './cli.js';
import { findFreePort, isListening } from './free-port.js';
import { programs } from './project-paths.js';
import { waitFor } from './wait-until.js';

export interface LocalFleetInit {
  /** An empty folder that everything is kept in. */
  readonly folder: string;
  readonly gateways: readonly string[];
  /** Of every gateway that `environments` does not name. */
  readonly environment: Environment;
  readonly environments?: Readonly<Record<string, Environment>>;
  /** Boards of each gateway: their names and addresses, as `LocalBoard` gives them. */
  readonly boards?: Readonly<Record<string, readonly { readonly name: string; readonly address: string }[]>>;
  /** The key `sensors` of every agent's configuration. */
  readonly sensors?: object;
  /** More keys of the coordinator's configuration; its checklist requires nothing unless they say so. */
  readonly coordinator?: object;
  readonly signal?: AbortSignal;
}

/** An agent that serves. */
export interface LocalAgent {
  readonly gatewayId: string;
  readonly url: string;
  readonly process: Child;
}

/** What clients ask: an agent's own engine, or a board of its gateway. */
export interface LocalDevice {
  readonly deviceId: string;
  readonly gatewayId: string;
  /** Of the agent, which takes the device's name with each request. */
  readonly url: string;
}

const startTimeoutMs = 20_000;
const credentialsSchema = v.object({ username: v.string(), password: v.string() });
const addressSchema = v.object({ url: v.string() });

/** For fleets whose story is another than what a package needs for production. */
const unrestricted = { checklist: { required: [] } };

/** A coordinator and some agents on this machine: real processes, real sockets, everything in one folder. */
export class LocalFleet {
  readonly folder: string;
  readonly environment: Environment;
  readonly brokerPort: number;
  readonly #environments: NonNullable<LocalFleetInit['environments']>;
  readonly #boards: NonNullable<LocalFleetInit['boards']>;
  readonly #sensors: object;
  readonly #coordinatorConfig: object;
  readonly #signal: AbortSignal | undefined;
  readonly #agents: LocalAgent[] = [];
  #coordinator: Child | null = null;

  private constructor(
    { folder, environment, environments = {}, boards = {}, sensors = {}, coordinator = {}, signal }: LocalFleetInit,
    brokerPort: number,
  ) {
    this.folder = folder;
    this.environment = environment;
    this.brokerPort = brokerPort;
    this.#environments = environments;
    this.#boards = boards;
    this.#sensors = sensors;
    this.#coordinatorConfig = { ...unrestricted, ...coordinator };
    this.#signal = signal;
  }

  /** Makes keys, starts the coordinator, enrols every gateway and starts its agent. */
  static async start(init: LocalFleetInit): Promise<LocalFleet> {
    const fleet = new LocalFleet(init, await findFreePort());
    try {
      await fleet.#begin(init.gateways);
    } catch (error) {
      await fleet.stop();
      throw error;
    }
    return fleet;
  }

  /** The private key that signs packages for this fleet. */
  get signingKey(): string {
    return join(this.folder, 'fleet.key');
  }

  /** The file by which an operator finds the coordinator. */
  get operatorFile(): string {
    return join(this.folder, 'coordinator', 'operator.json');
  }

  get agents(): readonly LocalAgent[] {
    return this.#agents;
  }

  /** The gateways' own engines, then the boards. */
  get devices(): readonly LocalDevice[] {
    const engines = this.#agents.map(({ gatewayId, url }) => ({ deviceId: gatewayId, gatewayId, url }));
    return [...engines, ...engines.flatMap((engine) => this.#boardsOf(engine))];
  }

  get coordinatorPid(): number | undefined {
    return this.#coordinator?.pid;
  }

  /** Runs a command against this fleet's coordinator. */
  cli(...args: string[]): Promise<CliResult> {
    return runCli([...args, '--config', this.operatorFile], this.#signal);
  }

  /** Runs a command that has to succeed, and checks what it printed. */
  async ask<const S extends v.GenericSchema>(schema: S, ...args: string[]): Promise<v.InferOutput<S>> {
    const document = await expectCli([...args, '--config', this.operatorFile], this.#signal);
    return parseWith(schema, document, `the answer to ${args[0]}`);
  }

  /** Starts the coordinator, for the first time or again: its address and its state stay the same. */
  async startCoordinator(): Promise<void> {
    const config = this.#writeConfig('coordinator.json', {
      dataDir: 'coordinator',
      listen: { host: '127.0.0.1', port: this.brokerPort },
      trustedKeys: ['fleet.pub'],
      ...this.#coordinatorConfig,
    });
    const child = this.#run('coordinator', programs.coordinator, config);
    this.#coordinator = child;
    await this.#untilUp(child, async () => existsSync(this.operatorFile) && (await isListening(this.brokerPort)));
  }

  /** Ends the coordinator as a power cut would. */
  async killCoordinator(): Promise<void> {
    await this.#coordinator?.kill();
    this.#coordinator = null;
  }

  /** Ends an agent as a power cut would. */
  async killAgent(gatewayId: string): Promise<void> {
    await this.#agent(gatewayId).process.kill();
  }

  /** Starts an agent again, with what it has on disk; its address may be another one. */
  async restartAgent(gatewayId: string): Promise<void> {
    const index = this.#agents.indexOf(this.#agent(gatewayId));
    this.#agents[index] = await this.#startAgent(gatewayId);
  }

  /** Stops everything that runs. */
  async stop(): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.process.stop()));
    await this.#coordinator?.stop();
    this.#coordinator = null;
  }

  async #begin(gateways: readonly string[]): Promise<void> {
    await expectCli(['keygen', '-o', join(this.folder, 'fleet')], this.#signal);
    await this.startCoordinator();
    const begun = await Promise.allSettled(gateways.map((gateway) => this.#beginAgent(gateway)));
    this.#agents.push(...begun.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])));
    const failed = begun.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  async #beginAgent(gateway: string): Promise<LocalAgent> {
    await this.#enrol(gateway);
    return this.#startAgent(gateway);
  }

  async #enrol(gatewayId: string): Promise<void> {
    const { username, password } = await this.ask(credentialsSchema, 'enrol', gatewayId);
    this.#writeConfig(`${gatewayId}.json`, {
      gatewayId,
      environment: this.#environments[gatewayId] ?? this.environment,
      dataDir: gatewayId,
      trustedKeys: ['fleet.pub'],
      broker: { url: `mqtt://127.0.0.1:${this.brokerPort}`, username, password },
      http: { host: '127.0.0.1', port: 0 },
      sensors: this.#sensors,
      boards: (this.#boards[gatewayId] ?? []).map(toBoardConfig),
    });
  }

  async #startAgent(gatewayId: string): Promise<LocalAgent> {
    const addressFile = join(this.folder, gatewayId, 'http.json');
    rmSync(addressFile, { force: true }); // of the process before
    const config = join(this.folder, `${gatewayId}.json`);
    const child = this.#run(gatewayId, programs.agent, config);
    await this.#untilUp(child, () => existsSync(addressFile));
    const { url } = parseWith(addressSchema, JSON.parse(readFileSync(addressFile, 'utf8')), addressFile);
    return { gatewayId, url, process: child };
  }

  #agent(gatewayId: string): LocalAgent {
    const agent = this.#agents.find((one) => one.gatewayId === gatewayId);
    if (agent === undefined) throw new Error(`there is no gateway ${gatewayId} in this fleet`);
    return agent;
  }

  #boardsOf({ gatewayId, url }: LocalDevice): LocalDevice[] {
    return (this.#boards[gatewayId] ?? []).map(({ name }) => ({ deviceId: `${gatewayId}.${name}`, gatewayId, url }));
  }

  /** Secrets are in it: nobody else may read it. */
  #writeConfig(name: string, config: object): string {
    const path = join(this.folder, name);
    writeFileSync(path, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
    return path;
  }

  #run(name: string, program: string, config: string): Child {
    return new Child({ name, program, args: ['--config', config], logFile: join(this.folder, `${name}.log`) });
  }

  async #untilUp(child: Child, isUp: () => boolean | Promise<boolean>): Promise<void> {
    const what = `${child.name} is up (its log: ${join(this.folder, `${child.name}.log`)})`;
    try {
      await waitFor({ what, timeoutMs: startTimeoutMs, everyMs: 50, ...this.#untilAborted() }, async () => {
        if (child.end !== null) throw new Error(`${child.name} ended with ${child.end}: ${this.#logTail(child.name)}`);
        return (await isUp()) ? true : null;
      });
    } catch (error) {
      await child.stop();
      throw error;
    }
  }

  #untilAborted(): { signal?: AbortSignal } {
    return this.#signal === undefined ? {} : { signal: this.#signal };
  }

  #logTail(name: string): string {
    return readFileSync(join(this.folder, `${name}.log`), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(-3)
      .join(' | ');
  }
}

function toBoardConfig({ name, address }: { readonly name: string; readonly address: string }) {
  const socket = /^unix:(?<path>.+)$/.exec(address)?.groups?.['path'];
  return socket === undefined ? { name, port: address } : { name, socket };
}
