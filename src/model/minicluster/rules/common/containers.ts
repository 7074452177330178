/** Traps T54 and T55, and what rules about the fields of containers ask. */
import { Metadata } from '../../../manifest';
import { Severity } from '../../../problems';
import { Containers } from '../../located-containers';
import { CommonRule } from '../rule';

/** Is there something in this field? An empty text, false or an empty object says nothing. */
export function isGiven(value: unknown): boolean {
  return typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value);
}

export const PORTS_OF_A_SERVICE: CommonRule<Containers<{ readonly ports?: readonly number[] }, 'services'>> =
  {
    traps: ['T54'],
    severity: Severity.WARNING,
    title: 'opens ports of the container and makes no Service',
    consequence: 'Clients that look for a Service of that name find none.',
    remedy: 'reach the pod as <name>-services.<headless service>.<namespace>.svc.cluster.local',
    check: ({ services }, report) => {
      for (const { container, path } of services) {
        if (container.ports && container.ports.length > 0) report(`${path}.ports`, container.ports);
      }
    },
  };

interface MayHaveName {
  readonly name?: string;
}

/** @param taken the names of the containers that the operator adds to the pods of the Job */
export function nameTwiceInPod<Cluster extends Containers<MayHaveName, 'sidecars' | 'services'>>(
  taken: (cluster: Cluster) => readonly string[],
): Omit<CommonRule<Cluster>, 'remedy'> {
  return {
    traps: ['T55'],
    severity: Severity.ERROR,
    title: 'stands twice in the pod; the Flux container always has the name of the cluster',
    consequence:
      'Kubernetes refuses a pod with two containers of one name, and the operator retries for ever.',
    check: (cluster, report) => {
      for (const [pod, names] of [
        [cluster.sidecars, new Set(taken(cluster))],
        [cluster.services, new Set<string>()],
      ] as const) {
        for (const { container, path } of pod) {
          if (container.name && names.has(container.name)) report(`${path}.name`, container.name);
          names.add(container.name ?? '');
        }
      }
    },
  };
}

export const NAME_OF_THE_RUNNER: CommonRule<
  Containers<MayHaveName, 'runner'> & { readonly metadata: Metadata }
> = {
  traps: ['T55'],
  severity: Severity.WARNING,
  title: 'is lost: the Flux container gets the name of the cluster',
  consequence: '`kubectl logs -c` and `kubectl exec -c` with this name find no container.',
  remedy: 'leave it out',
  check: ({ metadata, runner }, report) => {
    const name = runner?.container.name;
    if (name && name !== metadata.name) report(`${runner.path}.name`, name);
  },
};
