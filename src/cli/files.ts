import { Dirent, readFileSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Io, UsageError } from './io';

/** A text, and what messages call it. */
export interface Source {
  readonly name: string;
  readonly text: string;
  /** Why there is no text. */
  readonly fault?: string;
}

/** The sign for standard input. */
const INPUT = '-';

/** What is taken from folders; a file that is named is read whatever it is called. */
const YAML_FILE = /\.ya?ml$/;

/** Files and folders that are nobody's manifests: hidden ones, such as the locks of editors, and packages. */
const SKIPPED = /^(\..*|node_modules)$/;

/**
 * Reads files, `-` for standard input, and the YAML files of folders and all folders below them. What can't be read
 * below a folder has a fault in place of its text, so that one file of many doesn't hide the others.
 * @throws UsageError for names that can't be read, all of them at once
 */
export async function readSources(names: readonly string[], io: Io): Promise<Source[]> {
  const faults: string[] = [];
  const files = names.flatMap((name) => (name === INPUT ? [INPUT] : filesOf(name, faults)));
  const sources: Source[] = [];
  const known = new Set<string>();
  for (const name of files) {
    const path = name === INPUT ? INPUT : resolve(name);
    if (known.has(path)) continue;
    known.add(path);
    sources.push(name === INPUT ? decoded('stdin', await io.readInput()) : read(name));
  }
  const unreadable = sources.filter(({ name, fault }) => fault !== undefined && names.includes(name));
  faults.push(...unreadable.map(({ name, fault = '' }) => `${name}: ${fault}`));
  if (faults.length > 0) throw new UsageError(faults.join('\n'));
  return sources;
}

function filesOf(name: string, faults: string[]): string[] {
  try {
    return statSync(name).isDirectory() ? yamlFilesBelow(name) : [name];
  } catch (error) {
    faults.push(`${name}: ${reason(error)}`);
    return [];
  }
}

function yamlFilesBelow(folder: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    // Told when it is read, with the name that it has.
    return [folder];
  }
  entries.sort((one, other) => (one.name < other.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (SKIPPED.test(entry.name)) return [];
    if (entry.isDirectory()) return yamlFilesBelow(path);
    return YAML_FILE.test(entry.name) && isFileOrBroken(entry, path) ? [path] : [];
  });
}

/** Links to folders are not followed, which may lead round in circles. */
function isFileOrBroken(entry: Dirent, path: string): boolean {
  if (!entry.isSymbolicLink()) return entry.isFile();
  try {
    return statSync(path).isFile();
  } catch {
    // Told when it is read.
    return true;
  }
}

function read(name: string): Source {
  try {
    return decoded(name, readFileSync(name));
  } catch (error) {
    return { name, text: '', fault: reason(error) };
  }
}

/** The marks that texts in UTF-16 begin with, as PowerShell writes them. */
const UTF_16 = new Map([
  ['fffe', 'utf-16le'],
  ['feff', 'utf-16be'],
]);

function decoded(name: string, bytes: Buffer): Source {
  const encoding = UTF_16.get(bytes.subarray(0, 2).toString('hex')) ?? 'utf-8';
  try {
    return { name, text: new TextDecoder(encoding, { fatal: true }).decode(bytes) };
  } catch {
    return { name, text: '', fault: `it is no text in ${encoding.toUpperCase()}` };
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'it may not be read by this user',
  EISDIR: 'it is a folder',
  ELOOP: 'it is a link to itself',
};

function reason(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? message;
}
