import { CertificateMaker } from '../certificate/in-cluster';
import { defined } from '../defined';
import { LocatedContainer } from '../minicluster/cluster';
import { VIEW_IMAGE } from './flux-source';
import { distinct, pullPolicyOf } from './images';
import { FluxFrom } from './input';
import { JobCluster } from './job-cluster';
import { nodeAffinityOf, pullSecrets } from './pod';

/** The Job that makes the certificate of a cluster runs where its pods may run, in the image that holds Flux. */
export function certificateMaker(cluster: JobCluster, { container }: LocatedContainer): CertificateMaker {
  const { spec, options, fluxFrom, containers } = cluster;
  const { nodeSelector, tolerations, securityContext, runtimeClassName } = spec.pod ?? {};
  const nodeAffinity = nodeAffinityOf(spec.pod?.nodeAffinity);
  const view = spec.flux?.container;
  const source = fluxFrom === FluxFrom.IMAGE ? container : { image: VIEW_IMAGE, ...view };
  const { runAsUser, runAsGroup, runAsNonRoot } = { ...source.securityContext };
  const user = defined({ runAsUser, runAsGroup, runAsNonRoot });
  const podSecurityContext = { ...securityContext, ...user };
  return {
    image: source.image ?? VIEW_IMAGE,
    imagePullPolicy: pullPolicyOf(source),
    imagePullSecrets: distinct([view?.imagePullSecret, ...pullSecrets(containers)]),
    podAnnotations: spec.pod?.annotations,
    podSecurityContext: Object.keys(podSecurityContext).length > 0 ? podSecurityContext : undefined,
    scheduling: defined({
      nodeSelector,
      affinity: nodeAffinity && { nodeAffinity },
      tolerations,
      runtimeClassName,
      priorityClassName: options.priorityClassName,
    }),
  };
}
