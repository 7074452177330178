/** The pages that people read, and the blocks of code on them. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from './package';

/** Folders that hold pages; those at the top are listed without what lies below. */
const FOLDERS = ['docs', 'examples', 'stacks', 'test/e2e'];

/** A block between two fences. */
export interface Block {
  readonly page: string;
  /** Where the block begins, counted from 1. */
  readonly line: number;
  /** What stands behind the fence: empty for what a program prints. */
  readonly language: string;
  readonly code: string;
}

/** The names of all pages, from the root of the project. */
export const PAGES: readonly string[] = [
  ...markdown(readdirSync(ROOT)),
  ...FOLDERS.flatMap((folder) =>
    markdown(readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }))
      .filter((name) => !name.includes('node_modules'))
      .map((name) => `${folder}/${name}`),
  ),
];

/** All blocks of all pages, in their order. */
export const BLOCKS: readonly Block[] = PAGES.flatMap(blocksOf);

export function textOf(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

function markdown(names: readonly string[]): string[] {
  return names.filter((name) => name.endsWith('.md')).sort();
}

function blocksOf(page: string): Block[] {
  const text = textOf(page);
  return Array.from(
    text.matchAll(/^```(\w*)\n([^]*?)^```$/gm),
    ({ index, 1: language = '', 2: code = '' }) => ({
      page,
      line: text.slice(0, index).split('\n').length,
      language,
      code,
    }),
  );
}
