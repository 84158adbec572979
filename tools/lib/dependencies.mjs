import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project.mjs';
import { runCommand } from './run-command.mjs';

/** @typedef {{ version?: string, optional?: boolean, devOptional?: boolean, link?: boolean }} LockedPackage */

/**
 * Installs what the lock file names, if what is installed is something else. Scripts of dependencies never run.
 *
 * @returns {Promise<import('./run-command.mjs').CommandResult | null>} null if there was nothing to do
 */
export async function installDependencies() {
  if (isInstalled()) return null;
  console.log('... installing dependencies (about a minute)');
  return runCommand('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { timeoutSeconds: 900 });
}

/** Compares the lock file with npm's own record of what it installed. */
function isInstalled() {
  const wanted = lockedPackages('package-lock.json');
  const present = lockedPackages('node_modules/.package-lock.json');
  return Object.entries(wanted).every(([path, locked]) => {
    if (!path.includes('node_modules/')) return true; // a workspace
    const installed = present[path];
    if (installed === undefined) return locked.optional === true || locked.devOptional === true;
    return locked.link === true || installed.version === locked.version;
  });
}

/**
 * @param {string} file
 * @returns {Record<string, LockedPackage>} empty if there is no such file
 */
function lockedPackages(file) {
  try {
    return JSON.parse(readFileSync(join(projectRoot, file), 'utf8')).packages;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
}
