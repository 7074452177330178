/** What render and upgrade share: they print a file anew, and nothing if anything is wrong. */
import { Manifest } from '../model/manifest';
import {
  Finding,
  ParseOptions,
  ParsedDocument,
  ParsedMiniCluster,
  ParsedObject,
  RenderedMiniCluster,
} from '../model/minicluster';
import { writeYaml } from '../model/minicluster/parse/yaml-writer';
import { Severity, hasErrors } from '../model/problems';
import { documentsOf } from './documents';
import { Source } from './files';
import { ExitCode, Io } from './io';
import { PrintedObjects } from './printed-objects';
import { findingLines, placeOf } from './report/human';

/** What becomes of one MiniCluster. */
export interface Rewritten {
  /** Absent where the MiniCluster stays as it is. */
  readonly manifests?: readonly Manifest[];
  readonly findings: readonly Finding[];
  /** What people should know of the change: where, and a sentence. */
  readonly notes: readonly Note[];
}

/** A remark that is no problem. */
export interface Note {
  readonly line?: number;
  readonly column?: number;
  readonly text: string;
}

/** The result of a rendering, with the places of its problems, and of those around the spec. */
export function rewritten(
  parsed: ParsedMiniCluster,
  { manifests, problems }: RenderedMiniCluster,
): Rewritten {
  const around = parsed.findings.filter(({ path }) => !/(?:^|\.)spec(?:$|[.[])/.test(path));
  const findings = [...around, ...problems.map((problem) => parsed.locate(problem))];
  return { manifests: hasErrors(findings) ? [] : manifests, findings, notes: [] };
}

/** Prints the files with what each MiniCluster becomes, or tells on standard error why it can't. */
export function rewrite(
  sources: readonly Source[],
  options: ParseOptions,
  io: Io,
  transform: (parsed: ParsedMiniCluster) => Rewritten,
): ExitCode {
  const texts: string[] = [];
  const printed = new PrintedObjects();
  const wrong: Finding[] = [];
  const tell = (file: string, findings: readonly Finding[]): void => {
    for (const finding of findings) io.err(`${findingLines(file, finding).join('\n')}\n`);
    wrong.push(...findings.filter(({ severity }) => severity === Severity.ERROR));
  };
  for (const source of sources) {
    const { name } = source;
    for (const document of documentsOf(source, options)) {
      const results = document.objects.map((object) => rewriteObject(object, transform));
      tell(name, [...document.findings, ...results.flatMap((result) => result.findings)]);
      for (const note of results.flatMap(({ notes }) => notes))
        io.err(`${placeOf(name, note)}: note: ${note.text}\n`);
      const kept = results.map((result) => ({
        ...result,
        objects: result.objects.filter((object) => printed.add(object, name, result.isOurs)),
      }));
      texts.push(...textsOf(document, kept));
    }
  }
  for (const { file, finding } of printed.clashes()) tell(file, [finding]);
  if (wrong.length > 0) return ExitCode.ERRORS;
  io.out(joinDocuments(texts));
  return ExitCode.CLEAN;
}

/** An object as it is to be printed; one that stays as it is says so. */
interface RewrittenObject extends Omit<Rewritten, 'manifests'> {
  readonly objects: readonly unknown[];
  readonly isChanged: boolean;
  /** Is it a MiniCluster, with what is made for it? */
  readonly isOurs: boolean;
}

function rewriteObject(
  { value, miniCluster }: ParsedObject,
  transform: (parsed: ParsedMiniCluster) => Rewritten,
): RewrittenObject {
  if (!miniCluster) return { objects: [value], isChanged: false, isOurs: false, findings: [], notes: [] };
  const { manifests, findings, notes } = transform(miniCluster);
  const isChanged = manifests !== undefined;
  return { objects: manifests ?? [value], isChanged, isOurs: true, findings, notes };
}

/** What is not changed is printed as it was written, comments included. */
function textsOf({ text, objects }: ParsedDocument, results: readonly RewrittenObject[]): string[] {
  if (objects.length === 0) return text.trim() === '' ? [] : [text];
  if (!results.some(({ isChanged }) => isChanged)) return [text];
  return results.flatMap((result) => result.objects.map(writeYaml));
}

/** A file of documents. */
function joinDocuments(documents: readonly string[]): string {
  return documents.map((text) => (text.endsWith('\n') ? text : `${text}\n`)).join('---\n');
}
