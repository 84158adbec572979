import ts from 'typescript';
import type { Finding, SourceFile } from '../source-file.js';
import { lineOf, parse, visitAll } from './syntax.js';

/** What decisions may not touch, with what to use instead. */
const banned: Readonly<Record<string, string>> = {
  'Date.now': 'use Clock.wallMs() or Clock.monotonicMs()',
  'performance.now': 'use Clock.monotonicMs()',
  'Math.random': 'take a Random as an argument',
  'process.env': 'read the environment in main.ts and pass the value on',
  'process.exit': 'set process.exitCode in main.ts and let the process end',
  setTimeout: 'use Clock.after()',
  setInterval: 'use Clock.every()',
  setImmediate: 'use Clock.after()',
  'new Date()': 'use Clock.wallMs()',
};

const bannedObjects: Readonly<Record<string, string>> = { console: 'use the logger, or return the text to be shown' };

/** Places where the outside world begins, and so these calls belong. */
const outside = /^(?:cli|tools|test)\/|\/adapters\/|(?:\/|-)main\.ts$/;

/** Finds calls that would make a decision depend on the moment or the machine. */
export function findBannedCalls(file: SourceFile): Finding[] {
  if (outside.test(file.path)) return [];
  const tree = parse(file);
  const findings: Finding[] = [];
  visitAll(tree, (node) => {
    const found = bannedAt(node);
    if (found === null) return;
    findings.push({ path: file.path, line: lineOf(tree, node.getStart()), message: `${found.name}: ${found.instead}` });
  });
  return findings;
}

function bannedAt(node: ts.Node): { name: string; instead: string } | null {
  const name = nameOf(node);
  if (name === null) return null;
  const instead = banned[name] ?? bannedObjects[name.split('.', 1)[0] ?? ''];
  return instead === undefined ? null : { name, instead };
}

function nameOf(node: ts.Node): string | null {
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
    return `${node.expression.text}.${node.name.text}`;
  }
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) return node.expression.text;
  const isDateOfNow =
    ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0;
  return isDateOfNow ? 'new Date()' : null;
}
