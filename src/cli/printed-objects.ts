import { Finding } from '../model/minicluster';
import { PARSE_RULES } from '../model/minicluster/parse/rules';
import { problemOf } from '../model/minicluster/rules/rule';

interface Printed {
  readonly what: string;
  readonly file: string;
  /** Is it a MiniCluster, or made for one? */
  readonly isOurs: boolean;
  readonly text: string;
}

/** The kinds that a cluster itself may have: two of one name are no object that two clusters need. */
const CLUSTERS: ReadonlySet<string> = new Set(['MiniCluster', 'Job']);

/** All objects of an output, which are applied together: of two with one name the second replaces the first. */
export class PrintedObjects {
  private readonly objects = new Map<string, Printed[]>();

  /** @returns whether it is to be printed: one that is made for several MiniClusters in the same way is printed once */
  public add(object: unknown, file: string, isOurs: boolean): boolean {
    const {
      apiVersion = '',
      kind,
      metadata,
    } = object as {
      apiVersion?: string;
      kind?: string;
      metadata?: { name?: string; namespace?: string };
    };
    if (kind === undefined || metadata?.name === undefined) return true;
    const group = apiVersion.replace(/\/?[^/]*$/, '');
    const key = JSON.stringify([group, kind, metadata.namespace, metadata.name]);
    const known = this.objects.get(key) ?? [];
    const text = JSON.stringify(object);
    const isMade = isOurs && !CLUSTERS.has(kind);
    if (isMade && known.some((other) => other.isOurs && other.text === text)) return false;
    known.push({ what: `${kind} ${metadata.name}`, file, isOurs, text });
    this.objects.set(key, known);
    return true;
  }

  /** The objects of ours whose name another one has, each by the file of the second. */
  public clashes(): { readonly file: string; readonly finding: Finding }[] {
    return [...this.objects.values()]
      .filter((same) => same.length > 1 && same.some(({ isOurs }) => isOurs))
      .map((same) => {
        const rule = PARSE_RULES.printedTwice;
        const files = same.map(({ file }) => file);
        const message = `${rule.title} (${[...new Set(files)].join(', ')})`;
        const problem = problemOf(rule, same[0]?.what ?? '', undefined, message);
        return { file: files[1] ?? '', finding: { ...problem, mendable: false } };
      });
  }
}
