#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { connectBoard, loadKernel } from '@liquid-lln/firmware-bridge';
import { decodePackage, LlnError, parseTrustedKeys, toErrorReport, verifySignatures } from '@liquid-lln/protocol';
import * as v from 'valibot';
import { systemClock } from './adapters/clock/system-clock.js';
import { lockDataDir } from './adapters/fs/data-dir-lock.js';
import { DurableStorage } from './adapters/fs/durable-storage.js';
import { reachableUrls } from './adapters/http/addresses.js';
import { askSelf } from './adapters/http/ask-self.js';
import { HttpServer } from './adapters/http/http-server.js';
import { readCpuClock } from './adapters/linux/cpu-clock.js';
import { readMachineBootId } from './adapters/linux/machine-boot.js';
import { LinuxSensors } from './adapters/linux/sensors.js';
import { createPinoLogger } from './adapters/log/pino-logger.js';
import { PrometheusMetrics } from './adapters/metrics/prometheus.js';
import { MqttBus } from './adapters/mqtt/mqtt-bus.js';
import { CheckProcess } from './adapters/native/check-process.js';
import { NativeEngine } from './adapters/native/native-engine.js';
import { connectServiceManager } from './adapters/systemd/systemd.js';
import { type Agent, createAgent } from './app/agent.js';
import { startWatchdog, type WatchdogComponents } from './app/watchdog.js';
import { type AgentConfig, loadConfig } from './config/load.js';
import type { Logger } from './ports/logger.js';

/** Where the agent says under which address it serves. */
const addressFile = 'http.json';

async function main(): Promise<void> {
  const config = loadConfig(readConfigPath());
  const isForJournal = process.env['JOURNAL_STREAM'] !== undefined;
  const logger = createPinoLogger(config.logLevel, { gateway: config.gatewayId }, isForJournal);
  try {
    await run(config, logger);
  } catch (error) {
    logger.error('the agent cannot start', { error: toErrorReport(error) });
    process.exitCode = 1;
  }
}

async function run(config: AgentConfig, logger: Logger): Promise<void> {
  const clock = systemClock;
  const manager = connectServiceManager(process.env, process.pid, logger);
  await lockDataDir(config.dataDir);
  const storage = new DurableStorage(config.dataDir);
  const metrics = new PrometheusMetrics();
  const kernel = loadKernel();
  const trustedKeys = parseTrustedKeys(config.trustedKeyPems);
  const engine = new NativeEngine({ kernel, trustedKeys });
  const agent = await createAgent(
    {
      storage,
      engine,
      boards: config.boards.map(({ name, address, kind }) => ({
        name,
        kind,
        board: connectBoard({ address, clock, random: Math.random, kernel }),
      })),
      openPackage: (file) => {
        const content = decodePackage(file);
        verifySignatures(content, trustedKeys);
        return content;
      },
      checkerOf: (scoped) => new CheckProcess({ storage: scoped }, { trustedKeyPems: config.trustedKeyPems }),
      bus: new MqttBus({ clock, random: Math.random, logger }, { ...config.broker, clientId: config.gatewayId }),
      sensors: new LinuxSensors({ clock, logger, busyUs: () => engine.busyUs }, config.sensors),
      clock,
      random: Math.random,
      logger,
      askSelf,
      cpuClock: readCpuClock,
      metricsOf: (device) => metrics.observerOf(device),
    },
    {
      ...config,
      agentVersion: readVersion(),
      startId: randomBytes(8).toString('hex'),
      epoch: randomBytes(8).toString('hex'),
      machineBootId: readMachineBootId(),
    },
  );
  try {
    await serve(agent, { config, storage, metrics, logger, clock, manager, engine });
  } catch (error) {
    // A port that is taken is no crash of the package.
    await agent.stop();
    throw error;
  }
}

interface Serving extends Omit<WatchdogComponents, 'describe'> {
  readonly config: AgentConfig;
  readonly storage: DurableStorage;
  readonly metrics: PrometheusMetrics;
}

async function serve(agent: Agent, { config, storage, metrics, ...watched }: Serving): Promise<void> {
  const { logger, manager } = watched;
  const renderMetrics = () => metrics.render(agent.details());
  const onAnswer = metrics.onAnswer.bind(metrics);
  const server = new HttpServer({ agent, renderMetrics, logger, onAnswer });
  const port = await server.listen(config.http.host, config.http.port);
  const urls = reachableUrls(config.http.host, port);
  const url = urls.find((candidate) => candidate.includes('127.0.0.1')) ?? urls[0];
  await storage.writeDurable(addressFile, Buffer.from(`${JSON.stringify({ url })}\n`)).catch((error: unknown) => {
    logger.error('the address could not be written down', { error: toErrorReport(error) });
  });
  stopOnSignal(async () => {
    manager.notify({ STOPPING: '1' });
    await server.stop();
    await agent.stop();
  }, logger);
  agent.start(urls);
  logger.info('ready', { http: url });
  const describe = () => `${agent.states()[0]?.model ?? 'no package'} at ${url}`;
  manager.notify({ READY: '1', STATUS: describe() });
  startWatchdog({ ...watched, describe });
}

function stopOnSignal(stop: () => Promise<void>, logger: Logger): void {
  const onSignal = (signal: string) => {
    logger.info('stopping', { signal });
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error('the agent did not stop cleanly', { error: toErrorReport(error) });
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', onSignal);
  process.once('SIGINT', onSignal);
}

function readConfigPath(): string {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined) throw new LlnError('USAGE', 'liquid-lln-agent --config FILE.json');
  return values.config;
}

function readVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)('../package.json');
  return v.parse(v.object({ version: v.string() }), manifest).version;
}

main().catch((error: unknown) => {
  const { code, message, remedy } = toErrorReport(error);
  process.stderr.write(`${code}: ${message}\n${remedy}\n`);
  process.exitCode = code === 'USAGE' ? 2 : 1;
});
