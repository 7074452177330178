import { IConstruct } from 'constructs';
import { ClusterInApp, RenderedMiniCluster, checkTogether } from '../model/minicluster';
import { Problem, describe } from '../model/problems';

/** How many constructs a warning names before it only counts them. */
const NAMED = 3;

interface Told {
  readonly first: Problem;
  readonly paths: string[];
}

/**
 * The MiniClusters of one app: checks at synth what only shows in all of them together, and tells the warnings
 * of all of them, each rule once.
 */
export class ClustersOfApp {
  private static readonly apps = new WeakMap<IConstruct, ClustersOfApp>();

  /** The clusters of the app that the construct is in. */
  public static of(construct: IConstruct): ClustersOfApp {
    const { root } = construct.node;
    let clusters = ClustersOfApp.apps.get(root);
    if (!clusters) {
      const made = new ClustersOfApp();
      ClustersOfApp.apps.set(root, made);
      root.node.addValidation({ validate: () => made.validate() });
      clusters = made;
    }
    return clusters;
  }

  private readonly clusters: ClusterInApp[] = [];
  private untold = new Map<string, Told>();

  public add(path: string, rendered: RenderedMiniCluster): void {
    this.clusters.push({ path, ...rendered.shown });
    for (const problem of rendered.problems) {
      const told = this.untold.get(problem.code);
      if (told && told.paths.at(-1) !== path) told.paths.push(path);
      else if (!told) this.untold.set(problem.code, { first: problem, paths: [path] });
    }
  }

  private validate(): string[] {
    this.warn();
    return checkTogether(this.clusters).map(({ cluster, problem }) => `[${cluster}] ${describe(problem)}`);
  }

  /** Node prints process warnings on standard error; `--disable-warning=MC065` and listeners work as for its own. */
  private warn(): void {
    for (const [code, { first, paths }] of this.untold) {
      const more = paths.length > NAMED ? ` and ${paths.length - NAMED} more` : '';
      const message = `[${paths.slice(0, NAMED).join(', ')}${more}] ${describe(first)}`;
      process.emitWarning(message, { type: 'MiniClusterWarning', code });
    }
    this.untold = new Map();
  }
}
