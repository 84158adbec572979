import { readdirSync, readFileSync } from 'node:fs';

/**
 * Kills every process of a group that we started.
 *
 * @param {number} groupId
 */
export function killGroup(groupId) {
  try {
    process.kill(-groupId, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/**
 * The processes of a group that still run; zombies, which only wait to be reaped, do not count.
 *
 * @param {number} groupId
 * @returns {string[]} their names with their ids; empty where there is no /proc
 */
export function livingMembers(groupId) {
  return processIds().flatMap((id) => {
    const stat = statOf(id);
    if (stat === null) return [];
    const nameEnd = stat.lastIndexOf(')');
    const [state, , group] = stat.slice(nameEnd + 2).split(' ');
    const isMember = Number(group) === groupId && state !== 'Z' && state !== 'X';
    return isMember ? [`${stat.slice(stat.indexOf('(') + 1, nameEnd)} (${id})`] : [];
  });
}

function processIds() {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return []; // not Linux
  }
}

/**
 * @param {string} id
 * @returns {string | null} null if the process ended meanwhile
 */
function statOf(id) {
  try {
    return readFileSync(`/proc/${id}/stat`, 'utf8');
  } catch {
    return null;
  }
}

/** @type {Set<number>} */
const groups = new Set();

/**
 * Ends a child's group when we are interrupted: groups of their own do not get the terminal's Ctrl-C.
 *
 * @param {number} groupId
 * @returns {() => void} to be called when the child has ended
 */
export function endWithUs(groupId) {
  if (groups.size === 0) setWatching(true);
  groups.add(groupId);
  return () => {
    groups.delete(groupId);
    if (groups.size === 0) setWatching(false);
  };
}

const signals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

/** @param {boolean} isOn */
function setWatching(isOn) {
  for (const signal of Object.keys(signals)) {
    if (isOn) process.on(signal, endAll);
    else process.off(signal, endAll);
  }
}

/** @param {keyof typeof signals} signal */
function endAll(signal) {
  for (const group of groups) killGroup(group);
  process.exit(128 + signals[signal]);
}
