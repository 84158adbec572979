import ts from 'typescript';
import type { Finding, SourceFile } from '../source-file.js';
import { lineOf, parse, visitAll } from './syntax.js';

const impure = new Set(['process', 'console', 'Date', 'setTimeout', 'setInterval', 'setImmediate', 'globalThis']);

/** Finds what keeps a file of a `domain` folder from being plain arithmetic on values. */
export function findImpurities(file: SourceFile): Finding[] {
  if (!/^[^/]+\/src\/(?:.+\/)?domain\//.test(file.path)) return [];
  const tree = parse(file);
  const findings: Finding[] = [];
  visitAll(tree, (node) => {
    const message = impurityOf(node);
    if (message !== null) findings.push({ path: file.path, line: lineOf(tree, node.getStart()), message });
  });
  return findings;
}

function impurityOf(node: ts.Node): string | null {
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return 'async: a decision is synchronous; leave waiting to the shell';
  if (ts.isIdentifier(node) && impure.has(node.text) && !isMemberName(node)) {
    return `${node.text}: a decision takes time, settings and output as values`;
  }
  if (ts.isPropertyDeclaration(node) && !isReadonly(node) && !isInBuilder(node)) {
    return `${node.name.getText()}: mutable state; return a new value instead, or make the class a local Builder`;
  }
  return null;
}

/** `x.Date`, `{ Date: … }`: a name of our own, not the global one. */
function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  const isNamed =
    ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent);
  return isNamed && parent.name === node;
}

function isReadonly(node: ts.PropertyDeclaration): boolean {
  return node.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ReadonlyKeyword) ?? false;
}

function isInBuilder(node: ts.PropertyDeclaration): boolean {
  return /Builder$/.test(node.parent.name?.text ?? '');
}
