/** Traps T37 to T45, T73 and T79: what reaches the pods of what the spec says about them. */
import { Severity } from '../../../problems';
import { Rule } from '../../rules/rule';
import { allContainers, V1Alpha1Cluster } from '../cluster';
import { V1ALPHA1 } from './release';

/** Labels that the operator writes over, or that the Job controller and the operator give themselves. */
const OPERATOR_LABELS = ['namespace', 'app.kubernetes.io/name', 'hpa-selector', 'job-index'];
const JOB_LABELS = [
  'job-name',
  'controller-uid',
  'batch.kubernetes.io/job-name',
  'batch.kubernetes.io/controller-uid',
];

/** The names that a value refers to as `$(NAME)`; `$$(NAME)` is a literal. */
function references(value: string): string[] {
  return [...value.matchAll(/(\$*)\$\(([^)]+)\)/g)]
    .filter(([, dollars]) => (dollars?.length ?? 0) % 2 === 0)
    .map(([, , name]) => name ?? '');
}

/** The operator keeps a number in 32 bits (IntOrString). YAML may have numbers where the types say text. */
function isTooLong(quantity: string | number): boolean {
  return typeof quantity === 'number' && Math.abs(quantity) >= 2 ** 31;
}

export const POD_RULES: readonly Rule<V1Alpha1Cluster>[] = [
  {
    code: 'MC272',
    traps: ['T37'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'becomes the pod overhead, not requests or limits',
    consequence:
      'Overhead needs a RuntimeClass, which v1alpha1 can not name: Kubernetes rejects the pods. The Job exists and none ' +
      'is ever made.',
    remedy: 'write resources on the containers',
    check: ({ spec }, report) => {
      if (Object.keys(spec.pod?.resources ?? {}).length > 0) report('pod.resources', spec.pod?.resources);
    },
  },
  {
    code: 'MC273',
    traps: [],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'is a number of more than 32 bits, which the operator can not read',
    consequence:
      'The operator fails to read the list of MiniClusters at all: none of the whole Kubernetes cluster is served any more.',
    remedy: 'write it in quotes, or with a unit such as 8Gi',
    check: (cluster, report) => {
      for (const { container, path } of allContainers(cluster)) {
        for (const group of ['limits', 'requests'] as const) {
          for (const [resource, quantity] of Object.entries(container.resources?.[group] ?? {})) {
            if (isTooLong(quantity)) report(`${path}.resources.${group}["${resource}"]`, quantity);
          }
        }
      }
    },
  },
  {
    code: 'MC274',
    traps: ['T41'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'is a label that the operator or the Job writes itself',
    consequence: 'The pods carry another value than the one written, or Kubernetes refuses the Job.',
    remedy: 'use another label',
    check: ({ spec }, report) => {
      for (const [label, value] of Object.entries(spec.pod?.labels ?? {})) {
        if ([...OPERATOR_LABELS, ...JOB_LABELS].includes(label)) report(`pod.labels["${label}"]`, value);
      }
    },
  },
  {
    code: 'MC275',
    traps: ['T42'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'refers to a variable of the same container, and their order is random',
    consequence: 'The reference is replaced in some pods and stays literal in others, by chance.',
    remedy: 'write the value out, or put the reference into the command',
    check: (cluster, report) => {
      for (const { container, path } of allContainers(cluster)) {
        const { environment = {}, secrets = {} } = container;
        for (const [name, value] of Object.entries(environment)) {
          if (name in secrets) {
            report(`${path}.environment.${name}`, value, 'stands under secrets too', 'keep one of the two');
          }
          if (references(value).some((other) => other in environment || other in secrets)) {
            report(`${path}.environment.${name}`, value);
          }
        }
      }
    },
  },
  {
    code: 'MC276',
    traps: ['T45'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'must be at least 1',
    consequence: 'The Job fails at once with DeadlineExceeded, or is refused.',
    remedy: 'write the number of seconds that the cluster may live',
    check: ({ spec }, report) => {
      if (spec.deadlineSeconds !== undefined && spec.deadlineSeconds < 1) {
        report('deadlineSeconds', spec.deadlineSeconds);
      }
    },
  },
  {
    code: 'MC277',
    traps: ['T73'],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
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
  },
  {
    code: 'MC278',
    traps: ['T79'],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'does not limit Flux, which books every core of the node',
    consequence:
      'Flux reads the cores from the hardware, not from the limit: it starts as many tasks as the node has cores, on a share of them.',
    remedy: 'set cores to the limit, if that is 2 or more',
    check: ({ runner }, report) => {
      const limit = runner?.container.resources?.limits?.cpu;
      if (limit !== undefined && (runner?.container.cores ?? 0) < 2)
        report(`${runner?.path}.resources.limits.cpu`, limit);
    },
  },
  {
    code: 'MC279',
    traps: ['T69'],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'deletes the MiniCluster with all logs as soon as any lead pod has ended or failed',
    consequence:
      'The first failure counts even where retries are left, and a pod of another cluster whose name starts with ' +
      '<name>-0 counts too. The claims of its volumes go with it.',
    remedy: 'leave it out and delete the MiniCluster when its results are safe',
    check: ({ spec }, report) => {
      if (spec.cleanup) report('cleanup', true);
    },
  },
];
