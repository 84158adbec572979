import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LlnError, toErrorReport } from '@liquid-lln/protocol';
import * as v from 'valibot';
import { buildKernel } from './adapters/machine/build-kernel.js';
import { carryOut } from './adapters/machine/carry-out.js';
import {
  examineBroker,
  examineClock,
  examineDisk,
  examineFolder,
  examineKernel,
  examineSerialPorts,
} from './adapters/machine/examine.js';
import { examineBoards } from './adapters/machine/examine-boards.js';
import { loadConfig } from './config/load.js';
import { type Finding, finding, judgeNode } from './domain/doctor.js';
import { planInstall, planUninstall, serviceName, servicePaths } from './domain/service-files.js';

const usage = `liquid-lln-agent --config FILE.json                    runs the agent
liquid-lln-agent install [--dry-run] [--root DIR]      makes it a service of this machine
liquid-lln-agent uninstall [--dry-run] [--root DIR]    takes the service away; configuration and data stay
liquid-lln-agent doctor [--config FILE.json] [--json]  says what the agent would miss here`;

const say = (line: string) => void process.stdout.write(`${line}\n`);

/** @returns the exit status */
async function runCommand(command: string, args: readonly string[]): Promise<number> {
  switch (command) {
    case 'install':
      return install(args);
    case 'uninstall':
      return uninstall(args);
    case 'doctor':
      return doctor(args);
    case '--help':
      say(usage);
      return 0;
    default:
      throw new LlnError('USAGE', `there is no command ${command}`);
  }
}

function install(args: readonly string[]): number {
  const { isDryRun, root } = parseTarget(args);
  const shipped = (name: string) => readFileSync(new URL(`../packaging/${name}`, import.meta.url), 'utf8');
  const files = {
    unit: shipped('liquid-lln-agent.service'),
    users: shipped('liquid-lln-agent.sysusers'),
    config: shipped('agent.json'),
  };
  const program = fileURLToPath(new URL('../bin/liquid-lln-agent.js', import.meta.url));
  if (!isDryRun && !examineKernel().ok) buildKernel(say);
  carryOut(planInstall({ ...files, node: process.execPath, program, hostname: hostname() }), { isDryRun, root, say });
  const { config, configFolder } = servicePaths;
  say(
    `\nNext: name the broker and the gateway in ${config}, put trusted.pub and broker.password into ${configFolder},`,
  );
  say(`then: systemctl enable --now ${serviceName}`);
  return 0;
}

function uninstall(args: readonly string[]): number {
  carryOut(planUninstall(), { ...parseTarget(args), say });
  say(`\n${servicePaths.configFolder} and ${servicePaths.stateFolder} were left as they are.`);
  return 0;
}

function parseTarget(args: readonly string[]) {
  const options = { 'dry-run': { type: 'boolean', default: false }, root: { type: 'string', default: '/' } } as const;
  const { values } = parseArgs({ args: [...args], options });
  return { isDryRun: values['dry-run'], root: values.root };
}

async function doctor(args: readonly string[]): Promise<number> {
  const options = {
    config: { type: 'string', default: servicePaths.config },
    json: { type: 'boolean', default: false },
  } as const;
  const { values } = parseArgs({ args: [...args], options });
  const findings = await examine(values.config);
  const ok = findings.every((one) => one.ok);
  say(values.json ? JSON.stringify({ ok, findings }) : findings.map(findingText).join('\n'));
  return ok ? 0 : 1;
}

async function examine(configPath: string): Promise<Finding[]> {
  const machine = [
    judgeNode(process.versions.node, nodeRange()),
    examineKernel(),
    examineClock(Date.now()),
    examineSerialPorts('/dev'),
  ];
  try {
    const { dataDir, broker, boards } = loadConfig(configPath);
    const ports = examineBoards(boards, configPath);
    const own = [...ports, examineFolder(dataDir), examineDisk(dataDir), await examineBroker(broker.url)];
    return [...machine, finding('configuration', true, configPath, ''), ...own];
  } catch (thrown) {
    const { message, remedy } = toErrorReport(thrown);
    return [...machine, finding('configuration', false, message, remedy)];
  }
}

function nodeRange(): string {
  const manifest: unknown = createRequire(import.meta.url)('../package.json');
  return v.parse(v.object({ engines: v.object({ node: v.string() }) }), manifest).engines.node;
}

function findingText({ ok, name, detail, remedy }: Finding): string {
  const line = `${ok ? 'ok   ' : 'WRONG'} ${name}: ${detail}`;
  return remedy === null ? line : `${line}\n      ${remedy}`;
}

async function main(): Promise<void> {
  const [command, ...args] = process.argv.slice(2);
  try {
    process.exitCode = await runCommand(command ?? '', args);
  } catch (thrown) {
    // What parseArgs throws is about the arguments.
    const isUsage = thrown instanceof TypeError;
    const { code, message, remedy } = toErrorReport(isUsage ? new LlnError('USAGE', thrown.message) : thrown);
    process.stderr.write(`${code}: ${message}\n${code === 'USAGE' ? usage : remedy}\n`);
    process.exitCode = code === 'USAGE' ? 2 : 1;
  }
}

await main();
