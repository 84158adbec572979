import type { Finding, SourceFile } from '../source-file.js';

/** Marks of unfinished work, and ways to silence a check; put together, so that this file does not contain them. */
const marks: readonly { readonly word: string; readonly instead: string }[] = [
  { word: ['TO', 'DO'].join(''), instead: 'do it now, or write down what is missing where users will read it' },
  { word: ['FIX', 'ME'].join(''), instead: 'fix it now' },
  { word: ['XX', 'X'].join(''), instead: 'say in words what is meant' },
  { word: ['HA', 'CK'].join(''), instead: 'say in words why it must be so' },
  { word: ['@ts', 'ignore'].join('-'), instead: 'make the types say it' },
  { word: ['@ts', 'expect', 'error'].join('-'), instead: 'make the types say it' },
  { word: ['@ts', 'nocheck'].join('-'), instead: 'make the types say it' },
  { word: ['eslint', 'disable'].join('-'), instead: 'change the code or, for everybody, the configuration' },
  { word: ['biome', 'ignore'].join('-'), instead: 'change the code or, for everybody, the configuration' },
];

/** Finds them as whole words, in code and in prose. */
export function findBannedWords({ path, text }: SourceFile): Finding[] {
  return text
    .split('\n')
    .flatMap((content, index) =>
      marks
        .filter(({ word }) => new RegExp(`(?<![\\w-])${word}\\b`).test(content))
        .map(({ word, instead }) => ({ path, line: index + 1, message: `${word}: ${instead}` })),
    );
}
