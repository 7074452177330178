/** Traps T37 to T45, T73 and T79: what reaches the pods of what the spec says about them. */
import { Severity } from '../../../problems';
import { allContainers } from '../../located-containers';
import {
  CLEANUP,
  MOVING_IMAGE,
  NO_TIME,
  POD_RESOURCES,
  VARIABLE_OF_THE_SAME_CONTAINER,
} from '../../rules/common/pods';
import { Rule } from '../../rules/rule';
import { V1Alpha1Cluster } from '../cluster';
import { V1ALPHA1 } from './release';

/** Labels that the operator writes over, or that the Job controller and the operator give themselves. */
const OPERATOR_LABELS = ['namespace', 'app.kubernetes.io/name', 'hpa-selector', 'job-index'];
const JOB_LABELS = [
  'job-name',
  'controller-uid',
  'batch.kubernetes.io/job-name',
  'batch.kubernetes.io/controller-uid',
];

/** The operator keeps a number in 32 bits (IntOrString). YAML may have numbers where the types say text. */
function isTooLong(quantity: string | number): boolean {
  return typeof quantity === 'number' && Math.abs(quantity) >= 2 ** 31;
}

export const POD_RULES: readonly Rule<V1Alpha1Cluster>[] = [
  {
    code: 'MC272',
    releases: V1ALPHA1,
    ...POD_RESOURCES,
    consequence:
      'Overhead needs a RuntimeClass, which v1alpha1 can not name: Kubernetes rejects the pods. The Job exists and none ' +
      'is ever made.',
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
  { code: 'MC275', releases: V1ALPHA1, ...VARIABLE_OF_THE_SAME_CONTAINER },
  { code: 'MC276', releases: V1ALPHA1, ...NO_TIME },
  { code: 'MC277', releases: V1ALPHA1, ...MOVING_IMAGE },
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
    releases: V1ALPHA1,
    ...CLEANUP,
    consequence: `${CLEANUP.consequence} The claims of its volumes go with it.`,
  },
];
