import { overlaps } from '../addresses';
import { problemOf } from '../construct-rule';
import { BROKER_PORT } from '../flux/ports';
import { Metadata } from '../manifest';
import { Problem } from '../problems';
import { directoriesOf } from './identity';
import { RULES } from './rules';
import { architecturesOf } from './settings';
import { FluxDistributeSpec } from './spec';

/** A FluxDistribute among others of the same Kubernetes cluster. */
export interface DistributeInCluster {
  readonly metadata: Metadata;
  readonly spec: FluxDistributeSpec;
}

/** What can't be on one node together with another one: port and folders. Those that share no node are free to. */
export function checkDistributesTogether(
  one: DistributeInCluster,
  others: readonly DistributeInCluster[],
): Problem[] {
  return others
    .filter((other) => mayShareNodes(one.spec, other.spec))
    .flatMap((other) => clashes(one, other));
}

function clashes(one: DistributeInCluster, other: DistributeInCluster): Problem[] {
  const problems: Problem[] = [];
  const { port = BROKER_PORT } = one.spec;
  const told = (path: string, value: unknown): void => {
    const { name, namespace = '' } = other.metadata;
    const message = `is also that of '${name}' in namespace '${namespace}' on the same nodes`;
    problems.push(problemOf(RULES.together, path, value, message));
  };
  if (port === (other.spec.port ?? BROKER_PORT)) told('port', port);
  const folders = Object.values(directoriesOf(other.metadata, other.spec));
  for (const [field, path] of Object.entries(directoriesOf(one.metadata, one.spec))) {
    if (folders.some((folder) => overlaps(folder, path))) told(`directories.${field}`, path);
  }
  return problems;
}

/** A node can't have two values of one label, nor two architectures. */
function mayShareNodes(one: FluxDistributeSpec, other: FluxDistributeSpec): boolean {
  const labels = other.nodeSelector ?? {};
  const differs = Object.entries(one.nodeSelector ?? {}).some(
    ([key, value]) => (labels[key] ?? value) !== value,
  );
  return (
    !differs && architecturesOf(one).some((architecture) => architecturesOf(other).includes(architecture))
  );
}
