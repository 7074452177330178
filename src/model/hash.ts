import { createHash } from 'node:crypto';
import { shortForm } from './assets';

/** Characters of a hash in a name. */
const LENGTH = 8;

/** A short text that differs whenever the data does, for names of objects that can't be changed. */
export function hashOf(data: unknown): string {
  return createHash('sha256').update(JSON.stringify(data)).digest('hex').slice(0, LENGTH);
}

/** The same for files, in a given order. */
export function hashOfFiles(files: Readonly<Record<string, string>>): string {
  return hashOf(Object.entries(files).map(([name, text]) => [name, shortForm(text)]));
}
