import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Io, UsageError } from './io';

/** A text, and what messages call it. */
export interface Source {
  readonly name: string;
  readonly text: string;
}

/** The sign for standard input. */
const INPUT = '-';

/** What is taken from folders; a file that is named is read whatever it is called. */
const YAML_FILE = /\.ya?ml$/;

/** Folders that hold nothing of the user's. */
const SKIPPED = /^(\..+|node_modules)$/;

/**
 * Reads files, `-` for standard input, and the YAML files of folders and all folders below them.
 * @throws UsageError for what can't be read, all of it at once
 */
export async function readSources(names: readonly string[], io: Io): Promise<Source[]> {
  const faults: string[] = [];
  const files = [...new Set(names.flatMap((name) => (name === INPUT ? [INPUT] : filesOf(name, faults))))];
  const sources: Source[] = [];
  for (const name of files) {
    if (name === INPUT) sources.push({ name: 'stdin', text: await io.readInput() });
    else orFault(faults, name, () => sources.push({ name, text: readFileSync(name, 'utf8') }));
  }
  if (faults.length > 0) throw new UsageError(faults.join('\n'));
  return sources;
}

function filesOf(name: string, faults: string[]): string[] {
  const found = orFault(faults, name, () => (statSync(name).isDirectory() ? yamlFilesBelow(name) : [name]));
  return found ?? [];
}

function yamlFilesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  entries.sort((one, other) => (one.name < other.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.test(entry.name) ? [] : yamlFilesBelow(path);
    return YAML_FILE.test(entry.name) && !entry.isSocket() && !entry.isFIFO() ? [path] : [];
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'it may not be read by this user',
  EISDIR: 'it is a folder',
};

function orFault<T>(faults: string[], name: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    faults.push(`${name}: ${REASONS[code] ?? message}`);
    return undefined;
  }
}
