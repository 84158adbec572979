import type { Command } from 'commander';
import { exitCodes } from '../exit-codes.js';
import { checkMachine, type Finding } from '../offline/check-machine.js';
import { type CommandResult, present } from '../output.js';

/** `liquid-lln doctor`: is everything here that the offline commands need? */
export function register(program: Command): void {
  program
    .command('doctor')
    .description('check this machine: Node.js, C compiler, kernel, disk')
    .option('--json', 'print one JSON document')
    .action((_options: object, command: Command) => present(command, doctor));
}

function doctor(): CommandResult {
  const findings = checkMachine();
  const isHealthy = findings.every(({ ok }) => ok);
  return {
    document: { ok: isHealthy, findings },
    text: findings.map(findingText).join('\n'),
    exitCode: isHealthy ? exitCodes.done : exitCodes.notSo,
  };
}

function findingText({ ok, name, detail, remedy }: Finding): string {
  const line = `${ok ? 'ok   ' : 'WRONG'} ${name}: ${detail}`;
  return remedy === null ? line : `${line}\n      ${remedy}`;
}
