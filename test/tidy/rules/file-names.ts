import type { Finding, SourceFile } from '../source-file.js';

const kebabCase = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9-]+)*\.(?:ts|mjs)$/;
const cName = /^[a-z0-9]+(?:_[a-z0-9]+)*\.[ch]$/;

/** Finds sources whose name is not written as the others are. */
export function findOddNames({ path }: SourceFile): Finding[] {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const isC = /\.[ch]$/.test(name);
  if (isC ? cName.test(name) : kebabCase.test(name)) return [];
  return [{ path, line: 1, message: `name the file in ${isC ? 'snake_case' : 'kebab-case'}` }];
}
