/** What the operators of both API versions check themselves, without telling anybody (trap T71). */
import { isLabel } from '../../../kubernetes-names';
import { Severity } from '../../../problems';
import { Containers } from '../../located-containers';
import { CommonRule } from '../rule';

export const SILENT =
  'The operator writes a line into its own log at most; no event, no condition, and nothing ever starts.';

/** What else runs several applications in each pod. */
export const USE_MULTI_APPLICATION_CLUSTER =
  'use a MultiApplicationCluster, which needs no operator (docs/multi-application-cluster.md)';

type PodCount = 'size' | 'maxSize' | 'minSize';

/** @param fields in the order of the problems; without those in which 0 means the same as nothing */
export function podCounts(...fields: readonly PodCount[]): CommonRule<{
  readonly spec: { readonly [Field in PodCount]?: number };
}> {
  return {
    traps: ['T71'],
    severity: Severity.ERROR,
    title: 'must be a whole number of at least 1',
    consequence: SILENT,
    remedy: 'write the number of pods',
    check: ({ spec }, report) => {
      for (const field of fields) {
        const count = spec[field];
        if (count !== undefined && count < 1) report(field, count);
      }
    },
  };
}

export const MAX_SIZE_BELOW_SIZE: CommonRule<{
  readonly spec: { readonly maxSize?: number };
  readonly size: number;
  readonly maxSize: number;
}> = {
  traps: ['T70', 'T71'],
  severity: Severity.ERROR,
  title: 'must be at least size',
  consequence: `${SILENT} The same happens later when an autoscaler sets size above maxSize.`,
  remedy: 'raise maxSize or lower size; bound autoscalers by maxSize',
  check: ({ spec, size, maxSize }, report) => {
    if (maxSize < size) report('maxSize', spec.maxSize, `must be at least size, ${size}`);
  },
};

export const NOT_ONE_RUNNER: CommonRule<Containers<{ readonly runFlux?: boolean }, 'containers' | 'runner'>> =
  {
    traps: ['T71'],
    severity: Severity.ERROR,
    title: 'must have exactly one container with runFlux: true',
    consequence: 'Nothing happens, and not even the log of the operator says why.',
    remedy: 'set runFlux: true on the one container that runs Flux',
    check: ({ containers, runner }, report) => {
      if (runner) return;
      const count = containers.filter(({ container }) => container.runFlux).length;
      report(
        'containers',
        undefined,
        `must have exactly one container with runFlux: true, ${count} of ${containers.length} have it`,
        count > 1
          ? `keep runFlux on one container; for several applications ${USE_MULTI_APPLICATION_CLUSTER}`
          : undefined,
      );
    },
  };

export const CONTAINER_WITHOUT_NAME: CommonRule<
  Containers<{ readonly name?: string }, 'sidecars' | 'services'>
> = {
  traps: ['T71'],
  severity: Severity.ERROR,
  title: 'is needed for every container that does not run Flux',
  consequence: `${SILENT} Kubernetes refuses a name that is no DNS label, and the operator retries for ever.`,
  remedy: 'give it a name of lower-case letters, digits and -',
  check: ({ sidecars, services }, report) => {
    for (const { container, path } of [...sidecars, ...services]) {
      if (!container.name) report(`${path}.name`, container.name);
      else if (!isLabel(container.name)) report(`${path}.name`, container.name, 'is no name of a container');
    }
  },
};

export const LAUNCHER_AND_BATCH: CommonRule<
  Containers<{ readonly launcher?: boolean; readonly batch?: boolean }, 'containers'>
> = {
  traps: ['T71'],
  severity: Severity.ERROR,
  title: 'and batch exclude one another',
  consequence: SILENT,
  remedy: 'keep launcher for a program that submits its own jobs, batch for a batch text',
  check: ({ containers }, report) => {
    for (const { container, path } of containers) {
      if (container.launcher && container.batch) report(`${path}.launcher`, true);
    }
  },
};

interface Bursting {
  readonly hostlist?: string;
  readonly clusters?: readonly unknown[];
}

export const HOSTLIST_AND_CLUSTERS: CommonRule<{
  readonly spec: { readonly flux?: { readonly bursting?: Bursting } };
}> = {
  traps: ['T71'],
  severity: Severity.ERROR,
  title: 'and clusters exclude one another',
  consequence: SILENT,
  remedy: 'write the whole host list, or the clusters from which it is made',
  check: ({ spec }, report) => {
    const bursting = spec.flux?.bursting;
    if (bursting?.hostlist && (bursting.clusters?.length ?? 0) > 0)
      report('flux.bursting.hostlist', bursting.hostlist);
  },
};
