import ts from 'typescript';
import type { SourceFile } from '../source-file.js';
import { lineOf, parse, visitAll } from './syntax.js';

/** Something with a length in lines. */
export interface Measured {
  readonly path: string;
  readonly line: number;
  readonly name: string;
  readonly lines: number;
}

export function measureFile({ path, text }: SourceFile): Measured {
  return { path, line: 1, name: path, lines: text.trimEnd().split('\n').length };
}

/** Every function, method and accessor with a body, from its first line to its last; a test's callback is not one. */
export function measureFunctions(file: SourceFile): Measured[] {
  const tree = parse(file);
  const found: Measured[] = [];
  visitAll(tree, (node) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined || isTestBody(node)) return;
    const line = lineOf(tree, node.getStart());
    const lines = lineOf(tree, node.getEnd()) - line + 1;
    found.push({ path: file.path, line, name: node.name?.getText() ?? '(anonymous)', lines });
  });
  return found;
}

/** The callback of `t.test('…', () => …)`: as long as its story. */
function isTestBody(node: ts.Node): boolean {
  const call = node.parent;
  return (
    ts.isCallExpression(call) && /\.(?:test|before|teardown|beforeEach|afterEach)$/.test(call.expression.getText())
  );
}

/** C functions, told by the layout that clang-format gives: a body begins and ends in the first column. */
export function measureCFunctions({ path, text }: SourceFile): Measured[] {
  const lines = text.split('\n');
  const found: Measured[] = [];
  let start: number | null = null;
  for (const [index, content] of lines.entries()) {
    if (/^[A-Za-z_].*\)\s*\{$/.test(content)) start = index;
    if (content !== '}' || start === null) continue;
    found.push({ path, line: start + 1, name: lines[start] ?? '', lines: index - start + 1 });
    start = null;
  }
  return found;
}

/** The length that a share `q` of the measured does not pass; 0 of nothing. */
export function quantileOf(measured: readonly Measured[], q: number): number {
  const sorted = measured.map((item) => item.lines).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}

/** Those longer than `linesMax`, as lines to show. */
export function longerThan(measured: readonly Measured[], linesMax: number): string[] {
  return measured
    .filter((item) => item.lines > linesMax)
    .map(({ path, line, name, lines }) => `${path}:${line}: ${name} has ${lines} lines, the limit is ${linesMax}`);
}
