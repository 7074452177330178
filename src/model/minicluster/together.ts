/** What only shows when the MiniClusters of one app are looked at side by side. */
import { Metadata } from '../manifest';
import { Problem, Severity } from '../problems';
import { EVERY_ENGINE } from './rules/releases';
import { RuleText, problemOf } from './rules/rule';

/** A Service that the operator makes for a MiniCluster, and the field that names it. */
export interface NeededService {
  readonly name: string;
  readonly path: string;
}

/** The little that a MiniCluster of either API version shows of itself to its neighbours. */
export interface ShownToNeighbours {
  readonly metadata: Metadata;
  /** Names of the Services that the operator makes for it: the headless one and those of sidecars. */
  readonly services: readonly NeededService[];
  /** What an archive that it writes is known by to others: the volume and the path on it. */
  readonly archive?: string;
  /** Codes of silenced rules. */
  readonly silenced: ReadonlySet<string>;
}

/** A MiniCluster among others. */
export interface ClusterInApp extends ShownToNeighbours {
  /** What messages call it: the path of its construct. */
  readonly path: string;
}

/** A problem of one of several MiniClusters. */
export interface ProblemInApp {
  /** Path of the MiniCluster. */
  readonly cluster: string;
  readonly problem: Problem;
}

/** Trap T61: the operator takes an existing Service of the name for its own. */
export const SHARED_SERVICE: RuleText = {
  code: 'MC061',
  traps: ['T61'],
  severity: Severity.ERROR,
  releases: ['0.1', ...EVERY_ENGINE],
  title: 'needs a Service that another MiniCluster of the namespace has',
  consequence:
    'The operator finds a Service of that name and takes it, though it selects the other cluster: the brokers, or the ' +
    'clients of a sidecar, reach the wrong pods.',
  remedy: 'give each cluster its own network.headlessName, and sidecars with ports names of their own',
};

/** Trap T61, for the clusters themselves. */
export const SHARED_NAME: RuleText = {
  ...SHARED_SERVICE,
  code: 'MC161',
  title: 'is the name of another MiniCluster of the namespace',
  consequence: 'The second replaces the first when it is applied, and takes over its Job.',
  remedy: 'give each cluster a name of its own',
};

/** Two clusters that write one archive. */
export const SHARED_ARCHIVE: RuleText = {
  code: 'MC156',
  traps: [],
  severity: Severity.ERROR,
  releases: EVERY_ENGINE,
  title: 'is the archive of another cluster',
  consequence:
    'The second waits for the first to end, in vain, and fails: one archive is written by one cluster at a time.',
  remedy: "give each cluster an archive of its own, or let one of them only read it (archive.save: 'never')",
};

/** The Services that the operator makes: the headless one, and one for each sidecar with ports. */
export function servicesOf(
  headlessName: string,
  sidecars: readonly {
    readonly container: { readonly name?: string; readonly ports?: readonly number[] };
    readonly path: string;
  }[],
): NeededService[] {
  const services = [{ name: headlessName, path: 'network.headlessName' }];
  for (const { container, path } of sidecars) {
    if (container.name && container.ports && container.ports.length > 0) {
      services.push({ name: container.name, path: `${path}.name` });
    }
  }
  return services;
}

/** Finds MiniClusters that would share a name or a Service. */
export function checkTogether(clusters: readonly ClusterInApp[]): ProblemInApp[] {
  const archives: Owners = new Map();
  const namespaces = new Map<string | undefined, { names: Owners; services: Owners }>();
  const problems: ProblemInApp[] = [];
  const claim = (cluster: ClusterInApp, owners: Owners, name: string, rule: RuleText, path: string): void => {
    const owner = owners.get(name);
    if (owner === undefined) owners.set(name, cluster.path);
    else if (owner !== cluster.path && !cluster.silenced.has(rule.code)) {
      problems.push({
        cluster: cluster.path,
        problem: problemOf(rule, path, name, `${rule.title} (${owner})`),
      });
    }
  };
  for (const cluster of clusters) {
    const { name, namespace } = cluster.metadata;
    const taken = namespaces.get(namespace) ?? {
      names: new Map<string, string>(),
      services: new Map<string, string>(),
    };
    namespaces.set(namespace, taken);
    claim(cluster, taken.names, name, SHARED_NAME, 'metadata.name');
    if (cluster.archive !== undefined)
      claim(cluster, archives, cluster.archive, SHARED_ARCHIVE, 'archive.path');
    for (const service of cluster.services) {
      claim(cluster, taken.services, service.name, SHARED_SERVICE, service.path);
    }
  }
  return problems;
}

/** Who has a name: the path of the MiniCluster. */
type Owners = Map<string, string>;

/** The codes that a MiniCluster of an API version can silence: those of its own rules, and of these. */
export function codesOf(rules: readonly RuleText[]): ReadonlySet<string> {
  return new Set([...rules, SHARED_SERVICE, SHARED_NAME, SHARED_ARCHIVE].map(({ code }) => code));
}
