/** The volumes that bring Flux, its scripts and its certificate into a pod, by where Flux comes from. */
import { defined } from '../defined';
import { LocatedContainer } from '../minicluster/cluster';
import { variables } from './environment';
import { pullPolicyOf } from './images';
import { FluxFrom } from './input';
import { JobCluster } from './job-cluster';
import { Mount, PodVolumes } from './pod-volumes';
import { SCRIPTS } from './script-files';

/** What the containers of a pod mount of it. */
export interface FluxMounts {
  /** In each container of the pod. */
  readonly mounts: readonly Mount[];
  /** In containers that run Flux only. */
  readonly certificate: Mount;
  readonly initContainers: readonly object[];
}

/** A container that runs Flux, and the volume with its scripts. */
export interface FluxRunner {
  readonly cluster: JobCluster;
  readonly runner: LocatedContainer;
  readonly scripts: ScriptVolume;
}

/** A volume with the files that the scripts of a container read. */
export interface ScriptVolume {
  readonly name: string;
  readonly source: object;
}

/** The volume of a pod with one container that runs Flux. */
export function scriptVolume(configMap: string): ScriptVolume {
  return { name: SCRIPT_VOLUME.name, source: { configMap: { name: configMap } } };
}

/** The default of `flux.container.image`, as the operator has it. Its tag moves. */
export const VIEW_IMAGE = 'ghcr.io/converged-computing/flux-view-ubuntu:tag-noble';

/** Name of the init container, and of the volume that the containers of a pod share, as the operator calls them. */
export const VIEW = 'flux-view';

/** What the operator mounts besides the view: a home for its user, and the packages of the view. */
export const HOME: Mount = { name: 'flux-operator-home', mountPath: '/home/flux-operator' };
export const SOFTWARE: Mount = { name: 'spack-software', mountPath: '/opt/software' };
const CERTIFICATE: Mount = { name: 'flux-certificate', mountPath: '/flux-certificate', readOnly: true };
const SCRIPT_VOLUME: Mount = { name: 'flux-scripts', mountPath: SCRIPTS, readOnly: true };

/** Name of the volume that is the view image itself. */
const VIEW_VOLUME = 'flux-view-image';

/** Programs of the view have the paths of its packages in them, so both stand where they stand in its image. */
const IMAGE_MOUNTS: readonly Mount[] = [
  { name: VIEW_VOLUME, mountPath: SOFTWARE.mountPath, subPath: 'opt/software', readOnly: true },
  { name: VIEW_VOLUME, mountPath: '/opt/views', subPath: 'opt/views', readOnly: true },
];

/** Where the init container sees what the others see at /opt/software, which in its own image is the original. */
const SOFTWARE_COPY = '/flux-software';

/** Folders that are not free for the one of `flux.container.mountPath`; the view of the init container is in the last. */
export const FOLDERS: readonly string[] = [
  ...[HOME, SOFTWARE, CERTIFICATE, SCRIPT_VOLUME].map(({ mountPath }) => mountPath),
  SOFTWARE_COPY,
  '/opt/views',
  '/opt/view',
];

/** What the names of volumes of the user's can't be, and where they can't be mounted. */
export function ownMounts({ root, fluxFrom, spec }: JobCluster): readonly Mount[] {
  const shared = { name: spec.flux?.container?.name ?? VIEW, mountPath: root };
  const view = {
    [FluxFrom.IMAGE]: [],
    [FluxFrom.VIEW_COPY]: [SOFTWARE],
    [FluxFrom.VIEW_VOLUME]: IMAGE_MOUNTS,
  };
  return [shared, SCRIPT_VOLUME, HOME, ...view[fluxFrom], CERTIFICATE];
}

/**
 * Adds the volumes to a pod.
 * @param runners the containers that run Flux; the scripts of the first one are for the init container too
 * @param secret the certificate's Secret and its key
 */
export function addFlux(
  cluster: JobCluster,
  volumes: PodVolumes,
  runners: readonly FluxRunner[],
  secret: { readonly secretName: string; readonly key: string },
): FluxMounts {
  const { fluxFrom } = cluster;
  const own = ownMounts(cluster);
  const shared = own[0] as Mount;
  volumes.add(shared.name, { emptyDir: {} });
  volumes.add(HOME.name, { emptyDir: {} });
  for (const { scripts } of runners) volumes.add(scripts.name, scripts.source);
  volumes.add(CERTIFICATE.name, {
    // With items a pod waits until the key is there.
    secret: { secretName: secret.secretName, items: [{ key: secret.key, path: 'curve.cert' }] },
  });
  if (fluxFrom === FluxFrom.VIEW_COPY) volumes.add(SOFTWARE.name, { emptyDir: {} });
  if (fluxFrom === FluxFrom.VIEW_VOLUME) volumes.add(VIEW_VOLUME, { image: viewImage(cluster) });
  return {
    mounts: own.filter((mount) => mount !== CERTIFICATE),
    certificate: CERTIFICATE,
    initContainers: fluxFrom === FluxFrom.VIEW_COPY ? [copyingContainer(cluster, shared, runners)] : [],
  };
}

/** The mounts of a container that runs Flux: each has its own scripts at the same place. */
export function runnerMounts({ mounts, certificate }: FluxMounts, { scripts }: FluxRunner): Mount[] {
  const own = mounts.map((mount) => (mount === SCRIPT_VOLUME ? { ...mount, name: scripts.name } : mount));
  return [...own, certificate];
}

/** The image with the view: as a volume. */
function viewImage({ spec }: JobCluster): object {
  const view = spec.flux?.container;
  return { reference: view?.image ?? VIEW_IMAGE, pullPolicy: pullPolicyOf(view) };
}

/** The init container that copies the view. */
function copyingContainer({ spec, root }: JobCluster, shared: Mount, [first]: readonly FluxRunner[]): object {
  const view = spec.flux?.container ?? {};
  const scripts = { ...SCRIPT_VOLUME, ...(first && { name: first.scripts.name }) };
  const { image = VIEW_IMAGE, resources, securityContext, workingDir } = view;
  return {
    name: shared.name,
    image,
    imagePullPolicy: pullPolicyOf(view),
    command: ['/bin/bash', `${SCRIPTS}/copy-view.sh`],
    env: variables({ MINICLUSTER_ROOT: root, MINICLUSTER_SOFTWARE: SOFTWARE_COPY }),
    ...defined({ workingDir, resources, securityContext }),
    volumeMounts: [shared, { ...SOFTWARE, mountPath: SOFTWARE_COPY }, scripts],
  };
}
