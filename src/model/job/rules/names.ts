/** Names: of the cluster and of the container with the view, and of what else the pods refer to. */
import { isCsiDriver, isDataKey, isLabel, isSubdomain } from '../../kubernetes-names';
import { SecretKey } from '../../minicluster/api/container';
import { PodOptions } from '../../minicluster/api/v1alpha2';
import { allContainers } from '../../minicluster/located-containers';
import { namesWith } from '../../minicluster/rules/names';
import { Report, Rule } from '../../minicluster/rules/rule';
import { VIEW, ownMounts } from '../flux-source';
import { FluxFrom } from '../input';
import { JobCluster } from '../job-cluster';
import { jobRule } from './option-rules';

/** The longest suffix by which something is called after a cluster that has to be a label, of the DNS or of a pod. */
function suffixOf({ services, certificate }: JobCluster): string {
  if (services.length > 0) return '-services';
  return certificate ? '' : '-curve';
}

export const NAME_RULES: readonly Rule<JobCluster>[] = [
  {
    ...jobRule(
      'MJ045',
      'is no name that the Job, its pods and its Services can have',
      'Kubernetes refuses the Service or the Job.',
      'use lower-case letters, digits and -, start with a letter, and keep it short',
    ),
    check: namesWith(suffixOf),
  },
  {
    ...jobRule(
      'MJ033',
      'is no name that the container with the view, and the volume of Flux, can have',
      'Kubernetes refuses pods with two containers, or two volumes, of one name.',
      'give flux.container.name a DNS label of its own, such as view',
    ),
    check: (cluster, report) => {
      const { spec, broker, fluxFrom } = cluster;
      const name = spec.flux?.container?.name ?? VIEW;
      // Which sidecars have it is told of the sidecars.
      if (fluxFrom === FluxFrom.VIEW_COPY && name === broker.container)
        report('flux.container.name', name, 'is the name of the container that runs Flux');
      if (name === VIEW) return;
      if (!isLabel(name)) report('flux.container.name', name, 'is no DNS label');
      else if (ownMounts(cluster).some((mount, index) => index > 0 && mount.name === name))
        report('flux.container.name', name, 'is the name of another volume of the library');
    },
  },
  {
    ...jobRule(
      'MJ038',
      'is no name that such an object can have',
      'Kubernetes refuses the pods, or they wait for ever for what can never be there.',
      'write the name as `kubectl get` shows it: lower-case letters, digits, - and dots',
    ),
    check: (cluster, report) => {
      const { spec, volumes } = cluster;
      if (spec.pod) reportPod(spec.pod, report);
      reportName('flux.container.imagePullSecret', spec.flux?.container?.imagePullSecret, report);
      for (const { container, path } of allContainers(cluster)) {
        if (container.imagePullSecret !== undefined)
          reportName(`${path}.imagePullSecret`, container.imagePullSecret, report);
        if (container.secrets) reportSecrets(container.secrets, path, report);
      }
      for (const { volume, path } of volumes) {
        reportName(`${path}.claimName`, volume.claimName, report);
        reportName(`${path}.secretName`, volume.secretName, report);
        reportName(`${path}.configMapName`, volume.configMapName, report);
        if (volume.csiDriver !== undefined && !isCsiDriver(volume.csiDriver))
          report(`${path}.csiDriver`, volume.csiDriver, 'is no name of a CSI driver');
        for (const key of Object.keys(volume.items ?? {})) reportKey(`${path}.items`, key, report);
      }
    },
  },
];

function reportName(path: string, name: string | undefined, report: Report): void {
  if (name !== undefined && !isSubdomain(name)) report(path, name);
}

function reportKey(path: string, key: string, report: Report): void {
  if (!isDataKey(key))
    report(path, key, 'is no key that a Secret or ConfigMap can have', 'use letters, digits, -, _ and dots');
}

function reportPod(pod: PodOptions, report: Report): void {
  reportName('pod.runtimeClassName', pod.runtimeClassName, report);
  reportName('pod.serviceAccountName', pod.serviceAccountName, report);
  // Schedulers are named in their own configuration, where nearly any text will do.
  if (pod.schedulerName !== undefined && /\s/.test(pod.schedulerName))
    report('pod.schedulerName', pod.schedulerName);
}

function reportSecrets(secrets: Readonly<Record<string, SecretKey>>, path: string, report: Report): void {
  for (const [variable, { name, key }] of Object.entries(secrets)) {
    reportName(`${path}.secrets.${variable}.name`, name, report);
    reportKey(`${path}.secrets.${variable}.key`, key, report);
  }
}
