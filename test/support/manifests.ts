import { parseAllDocuments } from 'yaml';
import type { Manifest } from '../../src/model/manifest';

/** The objects of a text of YAML. */
export function manifestsIn(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}
