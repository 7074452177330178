/** What the Flux Operator makes of a MiniCluster: the objects that its source and its tests show. */
import { HostRun, hostRuns } from '../../flux/host-runs';
import { BROKER_PORT } from '../../flux/ports';
import { hostsOf } from '../../minicluster/hosts';
import { Tree } from '../../tree';
import { KubernetesObject, Objects, objectOf } from './objects';
import { operatorPod } from './operator-pod';
import { filesOf } from './scripts';
import { countOf, textOf, textsOf, treeAt, treeOf, treesOf } from './tolerant';
import { Workload } from './workload';
import { indexedPods } from './workloads';

/** Who makes it, as boxes say it. */
const OPERATOR = 'the Flux Operator';

/** The group of the resource. */
const GROUP = /^flux-framework\.org\/v\w+$/;

/** Is this a MiniCluster of any version? */
export function isMiniCluster({ kind, apiVersion }: KubernetesObject): boolean {
  return kind === 'MiniCluster' && GROUP.test(apiVersion);
}

/** Is it what runs the Flux Operator? */
export function isOperator({ kind, labels }: KubernetesObject): boolean {
  return kind === 'Deployment' && labels['app.kubernetes.io/name'] === 'flux-operator';
}

function isOld({ apiVersion }: KubernetesObject): boolean {
  return apiVersion.endsWith('/v1alpha1');
}

/** Its pods. */
export function miniClusterWorkload(object: KubernetesObject, objects: Objects): Workload {
  const { id, name, namespace, body } = object;
  const spec = treeOf(body.spec);
  const size = countOf(spec.size) ?? 1;
  const maxSize = countOf(spec.maxSize) ?? size;
  const files = (pod: Tree, container: string): Readonly<Record<string, string>> =>
    filesOf(objects, namespace, pod, container);
  const { pod, brokers } = operatorPod(name, spec, isOld(object), files);
  return {
    id,
    kind: 'Job',
    name,
    namespace,
    title: `MiniCluster ${name}`,
    lines: [`the Flux Operator runs it as an Indexed Job`],
    pods: maxSize > size ? `${indexedPods(name, size)}, later up to ${maxSize}` : indexedPods(name, size),
    labels: {
      'job-name': name,
      'batch.kubernetes.io/job-name': name,
      app: 'flux-operator',
      'app.kubernetes.io/name': name,
      'hpa-selector': name,
    },
    pod,
    brokers,
    hosts: miniClusterHosts(name, spec),
    size,
  };
}

/** The host list of its brokers; one that people wrote may be anything. */
function miniClusterHosts(name: string, spec: Tree): readonly HostRun[] {
  const bursting = treeAt(spec, 'flux', 'bursting');
  const size = countOf(spec.size) ?? 1;
  const lead = treeOf(bursting.leadBroker);
  const address = textOf(lead.address);
  const entries = hostsOf(
    { name },
    {
      containers: [],
      size,
      maxSize: countOf(spec.maxSize) ?? size,
      flux: {
        bursting: {
          hostlist: textOf(bursting.hostlist),
          leadBroker:
            address === undefined
              ? undefined
              : { address, name: textOf(lead.name) ?? '', size: countOf(lead.size) ?? 1 },
          clusters: treesOf(bursting.clusters).map((cluster, index) => ({
            name: textOf(cluster.name) ?? `burst-${index}`,
            size: countOf(cluster.size) ?? size,
          })),
        },
      },
    },
  );
  return entries.flatMap(({ host }) => hostRuns(host));
}

/** The objects beside the Job: scripts, Services, the pod of the services, volumes of the old version. */
export function miniClusterCompanions(object: KubernetesObject): readonly KubernetesObject[] {
  const spec = treeOf(object.body.spec);
  const manifests = [
    ...configMapNames(object).map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })),
    brokersService(object, spec),
    ...sidecarServices(object.name, spec),
    ...servicesPod(object, spec),
    ...(isOld(object) ? oldVolumes(spec) : []),
  ];
  return manifests.flatMap((manifest) => {
    const metadata = { ...treeOf(manifest.metadata), namespace: object.namespace };
    return objectOf({ ...manifest, metadata }, OPERATOR) ?? [];
  });
}

function configMapNames(object: KubernetesObject): readonly string[] {
  const { name } = object;
  const entrypoint = `${name}-entrypoint`;
  return isOld(object) ? [entrypoint, `${name}-flux-config`, `${name}-curve-mount`] : [entrypoint];
}

function brokersService(object: KubernetesObject, spec: Tree): Tree {
  const usual = isOld(object) ? 'flux-service' : object.name;
  const isMinimal = treeAt(spec, 'flux').minimalService === true;
  const selector = { 'job-name': object.name };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: textOf(treeAt(spec, 'network').headlessName) ?? usual },
    spec: isMinimal
      ? { selector: { ...selector, 'job-index': '0' }, ports: [{ port: BROKER_PORT }] }
      : { clusterIP: 'None', selector },
  };
}

/** Sidecars with ports get a Service of their name. */
function sidecarServices(cluster: string, spec: Tree): readonly Tree[] {
  const containers = treesOf(spec.containers);
  return containers
    .filter(({ runFlux, ports }) => runFlux !== true && containers.length > 1 && textsOf(ports).length > 0)
    .map(({ name, ports }) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: textOf(name) ?? '' },
      spec: {
        selector: { 'app.kubernetes.io/name': cluster },
        ports: textsOf(ports).map((port) => ({ port: Number(port) })),
      },
    }));
}

function servicesPod({ name }: KubernetesObject, spec: Tree): readonly Tree[] {
  const services = treesOf(spec.services);
  if (services.length === 0) return [];
  const containers = services.map((service) => ({
    name: service.name,
    image: service.image,
    ports: textsOf(service.ports).map((port) => ({ containerPort: port })),
  }));
  return [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `${name}-services`, labels: { 'job-name': name, 'app.kubernetes.io/name': name } },
      spec: { containers },
    },
  ];
}

/** The operator made volumes itself, each with its claim. */
function oldVolumes(spec: Tree): readonly Tree[] {
  return Object.entries(treeOf(spec.volumes)).flatMap(([name, value]) => {
    const volume = treeOf(value);
    const storageClassName = textOf(volume.storageClass) ?? 'hostpath';
    const storage = textOf(volume.capacity) ?? '5Gi';
    return [
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: `${name}-claim` },
        spec: { storageClassName, accessModes: ['ReadWriteMany'], resources: { requests: { storage } } },
      },
      {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name },
        spec: { storageClassName, capacity: { storage }, hostPath: { path: volume.path } },
      },
    ];
  });
}
