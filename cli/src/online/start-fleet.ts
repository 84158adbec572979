import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { boardProgramPath } from '@liquid-lln/firmware-bridge';
import {
  type Clock,
  gatewayIdSchema,
  generateSigningKeys,
  LlnError,
  parseWith,
  text,
  toErrorReport,
} from '@liquid-lln/protocol';
import * as v from 'valibot';
import { type ChildProgram, startBoard, startProgram } from '../adapters/child-program.js';
import { readUserJson, writeWholeFile } from '../adapters/files.js';
import type { CoordinatorClient } from '../clients/coordinator-client.js';
import { openCoordinator } from '../clients/open-coordinator.js';
import { loadSettings } from '../clients/settings.js';
import { agentConfigOf, coordinatorConfigOf, type FirstTryPaths, firstTryGateway } from '../domain/first-try.js';

/** A coordinator, an agent and, where its firmware is built, a board that run. */
export interface RunningFleet {
  readonly brokerUrl: string;
  readonly agentUrl: string;
  /** Why there is no board; null if there is one. */
  readonly boardFault: string | null;
  /** In the order in which they were started. */
  readonly programs: readonly ChildProgram[];
}

export interface FleetInit {
  readonly paths: FirstTryPaths;
  readonly port: number;
  readonly httpPort: number;
}

const boardProgram = boardProgramPath('posix');
const boardMissing = 'the firmware of the posix board is not built (npm run setup)';
const startMsMax = 30_000;
const attemptMs = 2_000;
const lookMs = 150;
const stopGraceMs = 10_000;

/**
 * Starts a coordinator, enrols a gateway and starts its board and its agent; on failure nothing is left running.
 * @throws LlnError TIMED_OUT, INTERNAL if one of them ends
 */
export async function startFleet(clock: Clock, { paths, port, httpPort }: FleetInit): Promise<RunningFleet> {
  makeFolders(paths);
  makeKeys(paths);
  const programs: ChildProgram[] = [];
  try {
    writeConfig(paths.coordinatorConfig, coordinatorConfigOf(paths, port));
    const coordinator = await startProgram('coordinator', ['--config', paths.coordinatorConfig], paths.coordinatorLog);
    programs.push(coordinator);
    const brokerUrl = await untilReady(clock, coordinator, () => enrolGateway(paths));
    const board = existsSync(boardProgram) ? await startFleetBoard(clock, paths, programs) : null;
    writeConfig(paths.agentConfig, agentConfigOf(paths, { brokerUrl, httpPort, hasBoard: board !== null }));
    rmSync(httpFile(paths), { force: true });
    const agent = await startProgram('agent', ['--config', paths.agentConfig], paths.agentLog);
    programs.push(agent);
    const agentUrl = await untilReady(clock, agent, async () => readAgentUrl(paths));
    return { brokerUrl, agentUrl, boardFault: board === null ? boardMissing : null, programs };
  } catch (thrown) {
    await stopPrograms(programs);
    throw thrown;
  }
}

async function startFleetBoard(clock: Clock, paths: FirstTryPaths, programs: ChildProgram[]): Promise<ChildProgram> {
  const args = ['--flash', paths.boardFlash, '--pty', paths.boardLine];
  const board = await startBoard(boardProgram, args, paths.boardLog);
  programs.push(board);
  await untilReady(clock, board, async () => paths.boardLine);
  return board;
}

/** Stops programs, the last one first. */
export async function stopPrograms(programs: readonly ChildProgram[]): Promise<void> {
  for (const program of programs.toReversed()) await program.stop(stopGraceMs);
}

function makeFolders(paths: FirstTryPaths): void {
  for (const folder of [paths.folder, `${paths.folder}/keys`, paths.coordinatorData, paths.agentData]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
}

function makeKeys({ privateKey, publicKey }: FirstTryPaths): void {
  if (existsSync(privateKey) && existsSync(publicKey)) return;
  const { privatePem, publicPem } = generateSigningKeys();
  writeWholeFile(privateKey, privatePem, { force: true, mode: 0o600 });
  writeWholeFile(publicKey, publicPem, { force: true });
}

function writeConfig(path: string, config: object): void {
  writeWholeFile(path, `${JSON.stringify(config, null, 2)}\n`, { force: true, mode: 0o600 });
}

/** Tries, once the program is ready, until something is there, it has ended, or the time is up. */
async function untilReady<T>(clock: Clock, program: ChildProgram, attempt: () => Promise<T | null>): Promise<T> {
  let end: string | null = null;
  void program.ended.then((words) => {
    end = words;
  });
  const deadlineMs = clock.monotonicMs() + startMsMax;
  while (clock.monotonicMs() < deadlineMs) {
    if (end !== null) throw new LlnError('INTERNAL', end);
    const found = program.isReady() ? await attempt() : null;
    if (found !== null) return found;
    // Not a timer of the clock: those let this process end, and a program that has died does not hold it either.
    await sleep(lookMs);
  }
  throw new LlnError('TIMED_OUT', `the ${program.name} is not ready after ${startMsMax / 1000} s`);
}

/** Makes the gateway's credentials unless they are there already. @returns the broker's address once it answers */
async function enrolGateway(paths: FirstTryPaths): Promise<string | null> {
  const operatorFile = `${paths.coordinatorData}/operator.json`;
  if (!existsSync(operatorFile)) return null;
  const settings = loadSettings({ config: operatorFile }, {}, () => undefined);
  const client = await openOrNull(settings);
  if (client === null) return null;
  try {
    await client.request({ kind: 'packages' });
    if (!existsSync(paths.agentPassword)) await enrol(client, paths.agentPassword);
    return settings.brokerUrl;
  } finally {
    await client.close();
  }
}

async function openOrNull(settings: ReturnType<typeof loadSettings>): Promise<CoordinatorClient | null> {
  try {
    return await openCoordinator(settings, attemptMs);
  } catch (thrown) {
    if (toErrorReport(thrown).code === 'COORDINATOR_UNREACHABLE') return null;
    throw thrown;
  }
}

async function enrol(client: CoordinatorClient, passwordFile: string): Promise<void> {
  const gatewayId = parseWith(gatewayIdSchema, firstTryGateway, 'gateway id');
  const { password } = await client.request({ kind: 'enrol', gatewayId });
  writeWholeFile(passwordFile, password, { force: true, mode: 0o600 });
}

const httpSchema = v.object({ url: text(200) });

function readAgentUrl(paths: FirstTryPaths): string | null {
  const file = httpFile(paths);
  return existsSync(file) ? parseWith(httpSchema, readUserJson(file, 4_096), file).url : null;
}

function httpFile({ agentData }: FirstTryPaths): string {
  return `${agentData}/http.json`;
}
