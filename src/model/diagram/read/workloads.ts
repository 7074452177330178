/** Objects that become pods. */
import { counted, rangeLine } from '../draw/words';
import { Tree } from '../../tree';
import { brokersOf } from './brokers';
import { KubernetesObject, Objects } from './objects';
import { countOf, textMapOf, textOf, treeAt, treeOf, valueAt } from './tolerant';
import { Broker, Workload } from './workload';

const JOB_NAME_LABELS = ['job-name', 'batch.kubernetes.io/job-name'];

/** Its pods; undefined for an object that has none. */
export function workloadOf(object: KubernetesObject, objects: Objects): Workload | undefined {
  const template = templateOf(object);
  if (!template) return undefined;
  const { id, kind, name, namespace, maker } = object;
  const pod = treeOf(template.spec);
  const spec = treeOf(object.body.spec);
  const { brokers, hosts } = brokersOf(pod, namespace, objects);
  const size = sizeOf(kind, spec);
  const ofJob = kind === 'Job' ? Object.fromEntries(JOB_NAME_LABELS.map((label) => [label, name])) : {};
  return {
    id,
    kind,
    name,
    namespace,
    ...(brokers.length > 0
      ? {
          title: `${clusterKind(brokers)} ${name}`,
          lines: [`runs without the Flux Operator, as ${kind} ${name}`],
        }
      : { title: `${kind} ${name}`, lines: [] }),
    pods: podsLine(kind, name, size, spec),
    labels: { ...textMapOf(valueAt(template, 'metadata', 'labels')), ...ofJob },
    pod,
    brokers,
    hosts,
    size,
    maker,
  };
}

function clusterKind({ length }: readonly Broker[]): string {
  return length > 1 ? 'MultiApplicationCluster' : 'MiniCluster';
}

function templateOf({ kind, body }: KubernetesObject): Tree | undefined {
  switch (kind) {
    case 'Pod':
      return body;
    case 'Job':
    case 'Deployment':
    case 'DaemonSet':
    case 'StatefulSet':
    case 'ReplicaSet':
      return treeAt(body, 'spec', 'template');
    case 'CronJob':
      return treeAt(body, 'spec', 'jobTemplate', 'spec', 'template');
    default:
      return undefined;
  }
}

function sizeOf(kind: string, spec: Tree): number {
  if (kind === 'Job') return countOf(spec.parallelism) ?? countOf(spec.completions) ?? 1;
  return countOf(spec.replicas) ?? 1;
}

function podsLine(kind: string, name: string, size: number, spec: Tree): string {
  if (kind === 'DaemonSet') return 'a pod on each node that matches';
  if (kind === 'CronJob') return `pods at ${textOf(spec.schedule) ?? 'times of its own'}`;
  if (kind === 'Job' && spec.completionMode === 'Indexed') return indexedPods(name, size);
  return counted(size, 'pod');
}

/** `4 pods, sweep-0 to sweep-3`, by the host names that an Indexed Job gives. */
export function indexedPods(name: string, size: number): string {
  const names = [0, 1].slice(0, size).map((index) => `${name}-${index}`);
  return size === 0
    ? 'no pods'
    : `${counted(size, 'pod')}, ${rangeLine(size > 2 ? [...names, `${name}-${size - 1}`] : names)}`;
}
