#!/usr/bin/env node
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { LlnError, toErrorReport } from '@liquid-lln/protocol';
import { type Logger as PinoLogger, pino } from 'pino';
import { EmbeddedBroker } from './adapters/broker/embedded-broker.js';
import { backupFolders } from './adapters/fs/backup-folder.js';
import { dataDirLock } from './adapters/fs/data-dir-lock.js';
import { makeFolder } from './adapters/fs/durable-file.js';
import { FolderPackageFiles } from './adapters/fs/folder-package-files.js';
import { readOperatorFile, writeOperatorFile } from './adapters/fs/operator-file.js';
import { ReserveFile } from './adapters/fs/reserve-file.js';
import { readTrustedKeys } from './adapters/fs/trusted-key-files.js';
import { openMetrics } from './adapters/metrics/metrics-server.js';
import { MqttBus } from './adapters/mqtt/mqtt-bus.js';
import { ConfiguredChannels } from './adapters/notify/configured-channels.js';
import { SqliteFleetStore } from './adapters/sqlite/sqlite-fleet-store.js';
import { limitHeapGrowth } from './adapters/system/heap-growth.js';
import { createPackageReader } from './adapters/system/liquid-package-reader.js';
import { systemSecrets } from './adapters/system/secrets.js';
import { systemClock } from './adapters/system/system-clock.js';
import { type Coordinator, createCoordinator } from './app/coordinator.js';
import { leadAtOnce, standBy } from './app/stand-by.js';
import { alertingPolicyOf } from './config/alerting-config.js';
import { readChannels } from './config/channel-secrets.js';
import { type Config, checklistPolicyOf } from './config/config.js';
import { loadConfig } from './config/load-config.js';
import { beatMs } from './domain/lease.js';
import { maintain, maintenanceCommands } from './maintenance-main.js';
import type { HeldLock } from './ports/leader-lock.js';
import type { MessageBus } from './ports/message-bus.js';

const operatorName = 'operator';
/** A stop that takes longer than this is cut short: everything acknowledged is on disk anyway. */
const stopMsMax = 5_000;

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (maintenanceCommands.includes(args[0] ?? '')) {
    process.exitCode = await maintain(args);
    return;
  }
  limitHeapGrowth();
  const config = await loadConfig(args);
  const logger = pino({ level: config.logLevel });
  await makeFolder(join(config.dataDir, 'trusted'));
  await chmod(config.dataDir, 0o700);
  const lock = await lead(config, logger);
  await refuseUnfinished(config.dataDir);
  const { coordinator, url } = await startCoordinator(config, logger);
  // Before anybody can know that it is ready: a stop that comes with that is to be an orderly one.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void shutDown(coordinator, lock, logger));
  }
  logger.info({ url, fleet: config.fleet, dataDir: config.dataDir }, 'ready');
}

/** Takes the data folder, and from then on gives signs of life. */
async function lead({ dataDir, standby }: Config, logger: PinoLogger): Promise<HeldLock> {
  const lock = dataDirLock(dataDir);
  // The clock's timers let a process end that has nothing else to do.
  const waiting = setInterval(() => undefined, 60_000);
  const held = standby ? await standBy({ lock, clock: systemClock, logger }) : await leadAtOnce(lock, dataDir);
  clearInterval(waiting);
  systemClock.every(beatMs, () => {
    held.beat().catch((error: unknown) => endBy(error, logger));
  });
  return held;
}

/** What is there is neither what was before nor what is to be restored. */
async function refuseUnfinished(dataDir: string): Promise<void> {
  if (!(await backupFolders.look(dataDir)).isUnfinished) return;
  throw new LlnError('RESTORE_UNFINISHED', `the restoring of ${dataDir} was cut short`, { dataDir });
}

/** Whatever happened to the store: nothing is acknowledged any more, and all that was is on disk. */
function endBy(error: unknown, logger: PinoLogger): never {
  logger.fatal({ err: error }, 'the store failed; a restart goes on from what was committed');
  process.exit(1);
}

async function startCoordinator(
  config: Config,
  logger: PinoLogger,
): Promise<{ coordinator: Coordinator; url: string }> {
  const embedded = config.broker === 'embedded' ? await createEmbedded(config, logger) : null;
  const coordinator = await createCoordinator(
    {
      store: await SqliteFleetStore.open(join(config.dataDir, 'fleet.db')),
      bus: embedded ?? connectTo(config, logger),
      files: await FolderPackageFiles.open(config.dataDir),
      packages: createPackageReader(() => readTrustedKeys(config.trustedKeys, config.dataDir)),
      secrets: systemSecrets,
      reserve: new ReserveFile(config.dataDir),
      clock: systemClock,
      channels: new ConfiguredChannels(await readChannels(config.alerting), config.fleet),
      logger,
      onFailure: (error) => endBy(error, logger),
    },
    {
      fleet: config.fleet,
      usualWaves: config.defaultWaves,
      approvals: config.approvals,
      silenceMsMax: config.silenceSecondsMax * 1_000,
      kept: { rolloutsKeptMax: config.rolloutsKeptMax, recordsKeptMax: config.recordsKeptMax },
      checklist: checklistPolicyOf(config.checklist),
      alerting: alertingPolicyOf(config.alerting),
    },
  );
  await coordinator.start();
  const url = embedded === null ? urlOf(config) : await openEmbedded(embedded, coordinator, config);
  if (config.metrics !== null) {
    const address = await openMetrics({ metrics: coordinator.metrics, clock: systemClock, logger }, config.metrics);
    logger.info({ address }, 'metrics are served');
  }
  return { coordinator, url };
}

function createEmbedded({ fleet, listen }: Config, logger: PinoLogger): Promise<EmbeddedBroker> {
  return EmbeddedBroker.create({ logger }, { fleet, host: listen.host, port: listen.port });
}

/** Devices and operators come in when everything that should be retained is. */
async function openEmbedded(broker: EmbeddedBroker, coordinator: Coordinator, config: Config): Promise<string> {
  await broker.listen(coordinator.authenticator);
  await keepOperatorFile(coordinator, config.dataDir, broker.url);
  return broker.url;
}

function connectTo({ broker, fleet }: Config, logger: PinoLogger): MessageBus {
  if (broker === 'embedded') throw new LlnError('INTERNAL', 'the embedded broker is not connected to');
  const { url, username, password } = broker;
  return new MqttBus({ logger }, { url, username, password, clientId: `lln-coordinator-${fleet}` });
}

/** For people and logs: without the credentials that it may hold. */
function urlOf({ broker }: Config): string {
  if (broker === 'embedded') return '';
  const url = new URL(broker.url);
  url.username = '';
  url.password = '';
  return url.href;
}

/** The first start makes the credentials of an operator; a file that was lost is made anew. */
async function keepOperatorFile(coordinator: Coordinator, dataDir: string, broker: string): Promise<void> {
  const known = coordinator.hasOperator(operatorName) ? await readOperatorFile(dataDir) : null;
  if (known?.broker === broker) return;
  const password = known?.password ?? (await coordinator.setOperatorSecret(operatorName));
  await writeOperatorFile(dataDir, { broker, username: operatorName, password });
}

async function shutDown(coordinator: Coordinator, lock: HeldLock, logger: PinoLogger): Promise<void> {
  systemClock.after(stopMsMax, () => process.exit(1));
  await coordinator.stop();
  await lock.release();
  logger.info('stopped');
  process.exit(0);
}

main().catch((error: unknown) => {
  const { code, message, remedy } = toErrorReport(error);
  process.stderr.write(`${code}: ${message}\n${remedy}\n`);
  process.exit(code === 'USAGE' || code === 'CONFIG_INVALID' ? 2 : 1);
});
