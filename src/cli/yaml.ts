/** A file of documents. */
export function joinDocuments(documents: readonly string[]): string {
  return documents.map((text) => (text.endsWith('\n') ? text : `${text}\n`)).join('---\n');
}
