import { ClusterInApp, RenderedMiniCluster, checkTogether } from '../model/minicluster';
import { Problem, describe } from '../model/problems';
import { perApp } from './per-app';

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
  /** The clusters of the app that a construct is in. */
  public static readonly of = perApp((root) => {
    const clusters = new ClustersOfApp();
    root.node.addValidation({ validate: () => clusters.validate() });
    return clusters;
  });

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
