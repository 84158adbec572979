import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot, sourcePackages } from './project.mjs';
import { runCommand } from './run-command.mjs';

/** @typedef {{ from: string, to: string, rule: { name: string }, cycle?: { name: string }[] }} Violation */

/**
 * Runs dependency-cruiser over all sources. That it finds nothing only counts if it looked: every source file must be
 * among the modules that it read.
 *
 * @returns {Promise<import('./run-command.mjs').CommandResult>}
 */
export async function checkBoundaries() {
  const cruiser = 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs';
  const args = [cruiser, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...sourceFolders()];
  const result = await runCommand('node', args);
  const report = parseReport(result.stdout);
  if (report === null) return { ...result, ok: false };
  const faults = [...report.summary.violations.map(describe), ...unread(report.modules)];
  return { ...result, ok: faults.length === 0, output: faults.join('\n') };
}

function sourceFolders() {
  const tests = readdirSync(join(projectRoot, 'test'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'dist' && entry.name !== 'node_modules')
    .map((entry) => `test/${entry.name}`);
  return [...sourcePackages.map((name) => `${name}/src`), ...tests];
}

/**
 * @param {string} text
 * @returns {{ modules: { source: string }[], summary: { violations: Violation[] } } | null} null if it is no report
 */
function parseReport(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null; // what it printed instead is shown as it is
  }
}

/** @param {Violation} violation */
function describe({ from, to, rule, cycle }) {
  const path = cycle === undefined ? to : cycle.map((step) => step.name).join(' -> ');
  return `${rule.name}: ${from} -> ${path}`;
}

/** @param {readonly { source: string }[]} modules */
function unread(modules) {
  const read = new Set(modules.map((module) => module.source));
  return sourceFolders()
    .flatMap((folder) =>
      readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
    )
    .filter((file) => file.endsWith('.ts') && !read.has(file))
    .map((file) => `not checked: ${file}`);
}
