/** Traps T37, T42, T45, T69 and T73: what reaches the pods of what the spec says about them. */
import { Severity } from '../../../problems';
import { Containers, allContainers } from '../../located-containers';
import { CommonRule } from '../rule';

export const POD_RESOURCES: CommonRule<{
  readonly spec: { readonly pod?: { readonly resources?: object } };
}> = {
  traps: ['T37'],
  severity: Severity.ERROR,
  title: 'becomes the pod overhead, not requests or limits',
  consequence:
    'Without a RuntimeClass of exactly that overhead Kubernetes rejects the pods: the Job exists and none is ever made.',
  remedy: 'write resources on the containers',
  check: ({ spec }, report) => {
    if (Object.keys(spec.pod?.resources ?? {}).length > 0) report('pod.resources', spec.pod?.resources);
  },
};

/** The names that a value refers to as `$(NAME)`; `$$(NAME)` is a literal. */
function references(value: string): string[] {
  return [...value.matchAll(/(\$*)\$\(([^)]+)\)/g)]
    .filter(([, dollars]) => (dollars?.length ?? 0) % 2 === 0)
    .map(([, , name]) => name ?? '');
}

interface HasVariables {
  readonly environment?: Record<string, string>;
  readonly secrets?: Record<string, unknown>;
}

export const VARIABLE_OF_THE_SAME_CONTAINER: CommonRule<Containers<HasVariables, 'containers' | 'services'>> =
  {
    traps: ['T42'],
    severity: Severity.ERROR,
    title: 'refers to a variable of the same container, and their order is random',
    consequence: 'The reference is replaced in some pods and stays literal in others, by chance.',
    remedy: 'write the value out, or put the reference into the command',
    check: (cluster, report) => {
      for (const { container, path } of allContainers(cluster)) {
        const { environment = {}, secrets = {} } = container;
        for (const [name, value] of Object.entries(environment)) {
          if (Object.hasOwn(secrets, name))
            report(`${path}.environment.${name}`, value, 'stands under secrets too', 'keep one of the two');
          if (
            value.includes('$(') &&
            references(value).some(
              (other) => Object.hasOwn(environment, other) || Object.hasOwn(secrets, other),
            )
          )
            report(`${path}.environment.${name}`, value);
        }
      }
    },
  };

export const NO_TIME: CommonRule<{ readonly spec: { readonly deadlineSeconds?: number } }> = {
  traps: ['T45'],
  severity: Severity.ERROR,
  title: 'must be at least 1',
  consequence: 'The Job fails at once with DeadlineExceeded, or is refused.',
  remedy: 'write the number of seconds that the cluster may live',
  check: ({ spec }, report) => {
    if (spec.deadlineSeconds !== undefined && spec.deadlineSeconds < 1)
      report('deadlineSeconds', spec.deadlineSeconds);
  },
};

export const MOVING_IMAGE: CommonRule<Containers<{ readonly image?: string }, 'containers' | 'services'>> = {
  traps: ['T73'],
  severity: Severity.WARNING,
  title: 'does not name one image: it has no tag, or the tag latest, or is missing',
  consequence:
    'Another image runs after the next push, on some nodes and not on others. Without image the operator runs its own sample.',
  remedy: 'name a version, best with its digest (NAME@sha256:…)',
  check: (cluster, report) => {
    for (const { container, path } of allContainers(cluster)) {
      const { image } = container;
      if (!image || (!image.includes('@') && !/:(?!latest$)[^/:]+$/.test(image)))
        report(`${path}.image`, image);
    }
  },
};

export const CLEANUP: CommonRule<{ readonly spec: { readonly cleanup?: boolean } }> = {
  traps: ['T69'],
  severity: Severity.WARNING,
  title: 'deletes the MiniCluster with all logs as soon as any lead pod has ended or failed',
  consequence:
    'The first failure counts even where retries are left, and a pod of another cluster whose name starts with <name>-0 counts too.',
  remedy: 'leave it out and delete the MiniCluster when its results are safe',
  check: ({ spec }, report) => {
    if (spec.cleanup) report('cleanup', true);
  },
};
