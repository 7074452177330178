/** The pods of a MiniCluster, as the Flux Operator writes their spec. */
import { BROKER_PORT } from '../../flux/ports';
import { HOME, SOFTWARE, VIEW, VIEW_IMAGE } from '../../job/flux-source';
import { ROOT } from '../../job/job-cluster';
import { Mount } from '../../job/pod-volumes';
import { Tree } from '../../tree';
import { indexOfRunner } from '../../minicluster/located-containers';
import { SHARED_MEMORY } from '../../minicluster/mounts';
import { workLine, writtenCommand } from './scripts';
import { textMapOf, textOf, textsOf, treeAt, treeOf, treesOf } from './tolerant';
import { Broker } from './workload';

/** A pod and the brokers in it. */
export interface OperatorPod {
  readonly pod: Tree;
  readonly brokers: readonly Broker[];
}

/** The texts that a container of the pod has mounted. */
type FilesOf = (pod: Tree, container: string) => Readonly<Record<string, string>>;

/** The operator always passes this fan-out; only the topology of the spec beats it. */
const FANOUT = 256;

/** The pod; `isOld` is for v1alpha1, whose images bring Flux themselves. */
export function operatorPod(name: string, spec: Tree, isOld: boolean, filesOf: FilesOf): OperatorPod {
  const containers = treesOf(spec.containers);
  const runners = runnersOf(spec, containers);
  const view = treeAt(spec, 'flux', 'container');
  const names = containers.map((container, index) =>
    runners.length === 1 && index === runners[0] ? name : (textOf(container.name) ?? `container-${index}`),
  );
  const shared = isOld ? [] : [viewMount(view), SOFTWARE, HOME];
  const scripts = `${name}-entrypoint`;
  const scriptsMount: Mount = { name: scripts, mountPath: '/flux_operator' };
  const pod: Tree = {
    ...treeOf(spec.pod),
    imagePullSecrets: pullSecrets(containers),
    initContainers: isOld ? [] : [initContainer(view, scriptsMount)],
    containers: containers.map((container, index) =>
      podContainer(container, names[index] ?? '', [...shared, scriptsMount]),
    ),
    volumes: [
      ...shared.map((volume) => ({ name: volume.name, emptyDir: {} })),
      { name: scripts, configMap: { name: scripts } },
      ...containers.flatMap((container) => podVolumes(container, spec)),
    ],
  };
  const brokers = runners.map((index) => {
    const broker = { container: names[index] ?? '', port: BROKER_PORT + (runners.length > 1 ? index : 0) };
    const files = filesOf(pod, broker.container);
    return {
      ...broker,
      socket: socketOf(spec, isOld, runners.length > 1 ? index : undefined),
      topology: textOf(treeAt(spec, 'flux').topology) ?? `kary:${FANOUT}`,
      work: index === runners[0] ? workOf(spec, containers[index] ?? {}, files) : undefined,
    };
  });
  return { pod, brokers };
}

/** Places of the containers that run Flux; several only in builds that know `oversubscribe`. */
function runnersOf(spec: Tree, containers: readonly Tree[]): readonly number[] {
  const runner = indexOfRunner(containers.map(({ runFlux }) => ({ runFlux: runFlux === true })));
  if (runner !== undefined) return [runner];
  if (spec.oversubscribe !== true) return [];
  return containers.flatMap(({ runFlux }, index) => (runFlux === true ? [index] : []));
}

/** Where the containers have the view itself. */
function viewMount(view: Tree): Mount {
  return { name: textOf(view.name) ?? VIEW, mountPath: textOf(view.mountPath) ?? ROOT };
}

function initContainer(view: Tree, scripts: Mount): Tree {
  return {
    name: textOf(view.name) ?? VIEW,
    image: textOf(view.image) ?? VIEW_IMAGE,
    resources: view.resources,
    volumeMounts: [viewMount(view), HOME, scripts],
  };
}

function podContainer(container: Tree, name: string, shared: readonly Mount[]): Tree {
  const own = [
    ...Object.entries(treeOf(container.volumes)),
    ...Object.entries(treeOf(container.existingVolumes)),
  ];
  const mounts = own.map(([volume, value]) => ({
    name: volume,
    mountPath: treeOf(value).emptyDir === true ? SHARED_MEMORY : textOf(treeOf(value).path),
  }));
  return {
    name,
    image: container.image,
    resources: container.resources,
    ports: textsOf(container.ports).map((containerPort) => ({ containerPort })),
    env: Object.values(treeOf(container.secrets)).map((secret) => ({ valueFrom: { secretKeyRef: secret } })),
    volumeMounts: [...shared, ...mounts],
  };
}

/** The volumes that the entries of a container stand for; of several sources the operator takes the first of these. */
function podVolumes(container: Tree, spec: Tree): readonly Tree[] {
  const ofCluster = Object.keys(treeOf(spec.volumes));
  return [
    ...Object.entries(treeOf(container.volumes)).map(([name, value]) =>
      ofCluster.includes(name)
        ? { name, persistentVolumeClaim: { claimName: `${name}-claim` } }
        : { name, ...sourceOf(treeOf(value)) },
    ),
    ...Object.entries(treeOf(container.existingVolumes)).map(([name, value]) => ({
      name,
      ...sourceOf(treeOf(value)),
    })),
  ];
}

function sourceOf(volume: Tree): Tree {
  const { csiDriver, secretName, hostPath, configMapName, claimName } = textMapOf(volume);
  if (csiDriver !== undefined) return { csi: { driver: csiDriver } };
  if (secretName !== undefined) return { secret: { secretName } };
  if (volume.emptyDir === true) return { emptyDir: emptyFolder(volume) };
  if (hostPath !== undefined) return { hostPath: { path: hostPath } };
  if (configMapName !== undefined) return { configMap: { name: configMapName } };
  return { persistentVolumeClaim: { claimName } };
}

function emptyFolder({ emptyDirMedium, emptyDirSizeLimit }: Tree): Tree {
  return { medium: emptyDirMedium === 'memory' ? 'Memory' : '', sizeLimit: emptyDirSizeLimit };
}

function pullSecrets(containers: readonly Tree[]): readonly Tree[] {
  const names = containers.flatMap(({ imagePullSecret }) => textsOf([imagePullSecret]));
  return [...new Set(names)].map((name) => ({ name }));
}

/** Where the local socket is; builds with several brokers number theirs. */
function socketOf(spec: Tree, isOld: boolean, index: number | undefined): string | undefined {
  if (isOld) return '/run/flux/local';
  if (treeAt(spec, 'flux').disableSocket === true) return undefined;
  const root = textOf(treeAt(spec, 'flux', 'container').mountPath) ?? ROOT;
  return index === undefined ? `${root}/config/run/flux/local` : `${root}/view/run/flux/local-${index}`;
}

function workOf(spec: Tree, container: Tree, files: Readonly<Record<string, string>>): string | undefined {
  const script = textOf(treeOf(container.commands).script);
  const command = textOf(container.command) ?? script;
  if (spec.interactive === true || command === undefined) return workLine('interactive', '');
  const mode = container.batch === true ? 'batch' : container.launcher === true ? 'launcher' : 'submit';
  return workLine(mode, writtenCommand(command, files));
}
