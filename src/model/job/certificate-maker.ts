import { CERTIFICATE_KEY, CertificateMaker, certificateInCluster } from '../certificate/in-cluster';
import { defined } from '../defined';
import { Manifest, Metadata } from '../manifest';
import { LocatedContainer } from '../minicluster/cluster';
import { VIEW_IMAGE } from './flux-source';
import { distinct, pullPolicyOf } from './images';
import { KUEUE, withLabels } from './indexed-job';
import { FluxFrom } from './input';
import { JobCluster } from './job-cluster';
import { nodeAffinityOf, pullSecrets } from './pod';

/** The Secret of the brokers' certificate with its key, and the objects that make one where none is given. */
export function certificateOf(
  cluster: JobCluster,
  runner: LocatedContainer,
): {
  readonly secret: { readonly secretName: string; readonly key: string };
  readonly manifests: Manifest[];
} {
  const { metadata, certificate } = cluster;
  if (certificate) return { secret: certificate, manifests: [] };
  const secretName = `${metadata.name}-curve`;
  const made = certificateInCluster(
    withoutQueue({ ...metadata, name: secretName }),
    certificateMaker(cluster, runner),
  );
  return { secret: { secretName, key: CERTIFICATE_KEY }, manifests: made };
}

/** A queue for the pods of the cluster is none for the Job that makes their certificate: they wait for it. */
function withoutQueue({ labels, ...metadata }: Metadata): Metadata {
  if (!labels) return metadata;
  const others = Object.entries(labels).filter(([label]) => !label.startsWith(KUEUE));
  return withLabels(metadata, Object.fromEntries(others));
}

/** The Job that makes the certificate of a cluster runs where its pods may run, in the image that holds Flux. */
function certificateMaker(cluster: JobCluster, { container }: LocatedContainer): CertificateMaker {
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
