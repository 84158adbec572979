import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { endWithUs, killGroup, livingMembers } from './process-group.mjs';
import { projectRoot } from './project.mjs';

/**
 * @typedef {object} CommandResult
 * @property {boolean} ok exit status 0, in time, no process left behind
 * @property {string} stdout
 * @property {string} output stdout and stderr as they came, then what we have to say about its end
 * @property {number} seconds
 */

/** What a command may take between its end and that of the processes that it started. */
const afterlifeMs = 1000;

/**
 * Runs a command to its end, in the checkout, and keeps what it prints. It is the head of a process group: past the
 * time limit the group is killed, and so is whatever the command leaves behind, which is then a failure.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ timeoutSeconds?: number, env?: Record<string, string> }} [options] `env` is added to our own environment
 * @returns {Promise<CommandResult>}
 */
export async function runCommand(command, args, { timeoutSeconds = 600, env = {} } = {}) {
  const startedMs = performance.now();
  const child = spawn(command, args, {
    cwd: projectRoot,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', output: '' };
  child.stdout.on('data', (/** @type {Buffer} */ data) => {
    printed.stdout += data;
    printed.output += data;
  });
  child.stderr.on('data', (/** @type {Buffer} */ data) => {
    printed.output += data;
  });
  const fault = await endOf(child, timeoutSeconds);
  const seconds = (performance.now() - startedMs) / 1000;
  if (fault !== null) printed.output += `${command}: ${fault}\n`;
  return { ok: fault === null, seconds, ...printed };
}

/**
 * @param {import('node:child_process').ChildProcessByStdio<null, import('node:stream').Readable, import('node:stream').Readable>} child
 * @param {number} timeoutSeconds
 * @returns {Promise<string | null>} why it did not end well
 */
async function endOf(child, timeoutSeconds) {
  const closed = new Promise((resolve) => child.once('close', resolve));
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(code === 0 ? null : `ended with ${signal ?? `status ${code}`}`));
  });
  if (child.pid === undefined) return ended;
  const group = child.pid;
  const forget = endWithUs(group);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    killGroup(group);
  }, timeoutSeconds * 1000);
  const fault = await ended;
  clearTimeout(timer);
  const left = await leftBehind(group);
  killGroup(group);
  await closed;
  forget();
  if (isLate) return `stopped after ${timeoutSeconds} s`;
  return left.length > 0 ? `left processes behind: ${left.join(', ')}` : fault;
}

/**
 * @param {number} group
 * @returns {Promise<string[]>} members that outlive the head by more than `afterlifeMs`
 */
async function leftBehind(group) {
  const deadlineMs = performance.now() + afterlifeMs;
  for (;;) {
    const members = livingMembers(group);
    if (members.length === 0 || performance.now() > deadlineMs) return members;
    await sleep(50);
  }
}
