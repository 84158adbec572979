import ts from 'typescript';
import type { SourceFile } from '../source-file.js';

/** The syntax tree of a TypeScript file: no types, so it takes a millisecond. */
export function parse(file: SourceFile): ts.SourceFile {
  return ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2023, true);
}

/** Calls `visit` for every node of a tree, parents first. */
export function visitAll(root: ts.Node, visit: (node: ts.Node) => void): void {
  visit(root);
  ts.forEachChild(root, (child) => visitAll(child, visit));
}

/** The line of a node, from 1. */
export function lineOf(tree: ts.SourceFile, position: number): number {
  return tree.getLineAndCharacterOfPosition(position).line + 1;
}
