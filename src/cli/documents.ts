import { ParseOptions, ParsedDocument, parseManifests, unreadableDocument } from '../model/minicluster';
import { Source } from './files';

/** The documents of a source; one with a finding where it could not be read. */
export function documentsOf({ text, fault }: Source, options: ParseOptions): readonly ParsedDocument[] {
  return fault === undefined ? parseManifests(text, options) : [unreadableDocument(fault)];
}
