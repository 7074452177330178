/** The volumes that the operator itself adds to the pods of the Job, by release. */
import { Cluster } from '../cluster';
import { OperatorVersion } from '../operator-version';

/** Where it mounts them. */
export function operatorMounts({ spec, release }: Cluster): string[] {
  const own = [spec.flux?.container?.mountPath ?? '/mnt/flux', '/flux_operator'];
  return release === OperatorVersion.MAIN ? [...own, '/home/flux-operator', '/opt/software'] : own;
}

/** Their names in the pod. */
export function operatorVolumes({ metadata, spec, release }: Cluster): string[] {
  const own = [spec.flux?.container?.name ?? 'flux-view', `${metadata.name}-entrypoint`];
  return release === OperatorVersion.MAIN ? [...own, 'spack-software', 'flux-operator-home'] : own;
}
