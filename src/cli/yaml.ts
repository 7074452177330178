import { stringify } from 'yaml';

/**
 * An object as a YAML document, without the line of dashes. By YAML 1.1, as kubectl reads: texts such as `yes` and
 * `0777` come in quotes.
 */
export function yamlOf(object: unknown): string {
  return stringify(object, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
}

/** A file of documents. */
export function joinDocuments(documents: readonly string[]): string {
  return documents.map((text) => (text.endsWith('\n') ? text : `${text}\n`)).join('---\n');
}
