import { PodOptions } from '../api/v1alpha2';
import { NothingLeft, Upgrade, orNothing } from './upgrade-context';

/** Labels of pods that the v1alpha1 operator wrote over. */
const WRITTEN_OVER = ['namespace', 'app.kubernetes.io/name', 'hpa-selector'];

export function upgradePod(upgrade: Upgrade): PodOptions | undefined {
  const { cluster, notes } = upgrade;
  const { annotations, labels, serviceAccountName, nodeSelector, resources, ...rest } =
    cluster.spec.pod ?? {};
  notes.lost(
    'pod.resources',
    resources,
    'was the overhead of the pods, with which Kubernetes refuses them, and never requests or limits',
    'write resources on the containers',
  );
  if (serviceAccountName) {
    notes.added(
      'pod.automountServiceAccountToken',
      'is true: the operator now writes false unless told otherwise, and the pods had the token of their account',
      'write false if nothing in the pods talks to the API server',
    );
  }
  if (!serviceAccountName) {
    notes.changed(
      'pod.serviceAccountName',
      serviceAccountName,
      'is that of the namespace as before, and the pods have no token of it any more',
      'set pod.automountServiceAccountToken: true if something in the pods talks to the API server',
    );
  }
  return orNothing({
    ...(rest satisfies NothingLeft),
    annotations,
    labels: keptLabels(upgrade, labels),
    serviceAccountName,
    automountServiceAccountToken: serviceAccountName ? true : undefined,
    nodeSelector,
  });
}

function keptLabels(
  { cluster, notes }: Upgrade,
  labels: Record<string, string> | undefined,
): Record<string, string> | undefined {
  const taken = ['app', ...(cluster.services.length > 0 ? ['job-name'] : [])];
  return (
    labels &&
    Object.fromEntries(
      Object.entries(labels).filter(([label, value]) => {
        const path = `pod.labels.${label}`;
        if (WRITTEN_OVER.includes(label))
          notes.lost(path, value, 'had no effect: the operator writes over it');
        else if (taken.includes(label))
          notes.lost(path, value, 'is gone: the operator writes over this label now', 'use another label');
        else return true;
        return false;
      }),
    )
  );
}
