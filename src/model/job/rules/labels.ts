/** Labels and annotations of the objects, and the labels of nodes that the pods ask for. */
import { isLabelValue, isQualifiedName } from '../../kubernetes-names';
import { memberPath } from '../../minicluster/structure/place';
import { Report, Rule } from '../../minicluster/rules/rule';
import { JobCluster } from '../job-cluster';
import { JOB_NAME_LABEL, NAME_LABEL } from '../pod';
import { jobRule } from './option-rules';

/** What the labels of the Job controller begin with. */
const JOB_LABELS = 'batch.kubernetes.io/';

/** Labels by which the Job, its Services and its policies find the pods. */
const TAKEN = [NAME_LABEL, JOB_NAME_LABEL, 'controller-uid'];

/** What the annotations of one object may hold, keys and values. */
const MOST_BYTES = 256 * 1024;

type Texts = Readonly<Record<string, string>> | undefined;

export const LABEL_RULES: readonly Rule<JobCluster>[] = [
  {
    ...jobRule(
      'MJ036',
      'is no label that Kubernetes takes',
      'Kubernetes refuses the objects.',
      'use at most 63 letters, digits, -, _ and dots, with a letter or digit at both ends; a key may follow a domain and /',
    ),
    check: ({ spec, metadata }, report) => {
      const { pod } = spec;
      reportLabels('metadata.labels', metadata.labels, report);
      reportKeys('metadata.annotations', metadata.annotations, report);
      reportLabels('jobLabels', spec.jobLabels, report);
      if (!pod) return;
      reportLabels('pod.labels', pod.labels, report);
      reportKeys('pod.annotations', pod.annotations, report);
      reportLabels('pod.nodeSelector', pod.nodeSelector, report);
      reportNodeAffinity(pod.nodeAffinity, report);
    },
  },
  {
    ...jobRule(
      'MJ037',
      'is a label by which the pods are found, and which is written for each cluster',
      'Services, probes of others and the Job controller would find pods that are not theirs, or miss some.',
      'use another label',
    ),
    check: ({ spec }, report) => {
      const labels = spec.pod?.labels;
      for (const label in labels) {
        if (TAKEN.includes(label) || label.startsWith(JOB_LABELS))
          report(memberPath('pod.labels', label), labels[label]);
      }
    },
  },
];

function reportLabels(path: string, labels: Texts, report: Report): void {
  for (const key in labels) {
    const value: unknown = labels[key];
    if (!isQualifiedName(key)) report(path, key, 'has a key that no label can have');
    else if (typeof value !== 'string' || !isLabelValue(value))
      report(memberPath(path, key), value, 'is no value that a label can have');
  }
}

/** Values of annotations may be any text, and the domain before a key may have capitals. */
function reportKeys(path: string, annotations: Texts, report: Report): void {
  let bytes = 0;
  for (const key in annotations) {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(String(annotations[key]));
    if (!isQualifiedName(key.toLowerCase())) report(path, key, 'has a key that no annotation can have');
  }
  if (bytes > MOST_BYTES)
    report(
      path,
      `${bytes} bytes`,
      `may hold ${MOST_BYTES} bytes at most`,
      'put large texts into a ConfigMap',
    );
}

function reportNodeAffinity(
  affinity: Readonly<Record<string, readonly string[]>> | undefined,
  report: Report,
): void {
  for (const [key, values] of Object.entries(affinity ?? {})) {
    const path = memberPath('pod.nodeAffinity', key);
    if (!isQualifiedName(key)) report('pod.nodeAffinity', key, 'has a key that no label can have');
    else if (values.length === 0) report(path, values, 'names no value, which no node can have');
    for (const value of values) {
      if (!isLabelValue(value)) report(path, value, 'has a value that no label can have');
    }
  }
}
