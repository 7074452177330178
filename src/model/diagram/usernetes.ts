import { HostRun } from '../flux/host-runs';
import { DEFAULT_ACCESS, DEFAULT_CIDR, DEFAULT_ENGINE } from '../usernetes/defaults';
import { PORTS, parametersOf } from '../usernetes/node-config';
import { IngressSpec, NetworkAccess, UsernetesClusterSpec, UsernetesMode } from '../usernetes/spec';
import { Whereabouts, leadOf, overlayFrame } from './draw/overlay';
import { Sketch, boxOf } from './draw/sketch';
import { counted, listed, rangeLine, short } from './draw/words';
import { topologyLine } from './draw/workloads';
import { Diagram, DiagramBox, DiagramBoxKind, DiagramOptions } from './types';

/** A cluster on EC2 as its diagram shows it. */
export interface UsernetesDiagramSpec extends UsernetesClusterSpec {
  /** Name of the cluster: host names are `<name>-<rank>`. */
  readonly clusterName: string;
}

/** Ids of the boxes. */
const ID = {
  instances: 'instances',
  network: 'overlay',
  kubernetes: 'kubernetes',
  controlPlane: 'kubernetes/control-plane',
  workers: 'kubernetes/workers',
  broker: 'instances/broker',
  engine: 'instances/engine',
  outside: 'outside',
  bucket: 'bucket',
  parameters: 'parameters',
  sessions: 'sessions',
  ingress: 'ingress',
  wait: 'wait',
};

/** Boxes and arrows for a cluster on EC2. */
export function diagramOfUsernetes(spec: UsernetesDiagramSpec, options: DiagramOptions): Diagram {
  const { clusterName } = spec;
  const sketch = new Sketch();
  sketch.add(clusterFrame(spec, sketch), ...surroundings(spec));
  sketch.need(ID.instances, ID.bucket, 'scripts of the boot');
  sketch.need(ID.instances, ID.parameters, 'what to boot with');
  sketch.connect(ID.instances, ID.outside, 'HTTPS, HTTP');
  sketch.connect(ID.sessions, leadOf(ID.network));
  if (sketch.has(ID.ingress)) sketch.connect(ID.ingress, ID.instances);
  if (sketch.has(ID.wait)) sketch.connect(ID.instances, ID.wait, 'each node, when it is ready');
  if (modeOf(spec) === UsernetesMode.SYSTEM) sketch.make(ID.controlPlane, ID.parameters, 'kubeconfig');
  const { boxes, arrows } = sketch;
  return { title: options.title ?? `UsernetesCluster ${clusterName}`, boxes, arrows };
}

function modeOf({ mode = UsernetesMode.SYSTEM }: UsernetesClusterSpec): UsernetesMode {
  return mode;
}

function clusterFrame(spec: UsernetesDiagramSpec, sketch: Sketch): DiagramBox {
  const { clusterName, network = {} } = spec;
  const place =
    network.vpcId === undefined
      ? `a new VPC, ${network.cidr ?? DEFAULT_CIDR}`
      : `VPC ${network.vpcId}, subnet ${network.subnetId ?? ''}`;
  return boxOf('cluster', DiagramBoxKind.CLUSTER, `UsernetesCluster ${clusterName}`, {
    lines: [place, network.availabilityZone === undefined ? undefined : `zone ${network.availabilityZone}`],
    boxes: [instancesFrame(spec), ...kubernetesFrame(spec, sketch), brokersFrame(spec, sketch)],
  });
}

function instancesFrame(spec: UsernetesDiagramSpec): DiagramBox {
  const { nodes, instanceType, engine = DEFAULT_ENGINE, capacity, image } = spec;
  const kubernetes =
    modeOf(spec) === UsernetesMode.SYSTEM
      ? `a node of Kubernetes: kubelet ${PORTS.kubelet}, flannel ${PORTS.flannel}/udp`
      : 'nodes of Kubernetes, as long as jobs run that ask for them';
  return boxOf(
    ID.instances,
    DiagramBoxKind.NODES,
    `On each of ${counted(nodes, 'instance')} ${instanceType}`,
    {
      lines: [
        image?.baked === true ? 'from an image with all installed' : 'the first boot installs everything',
        capacity?.market,
        'an address that outlives the instance',
      ],
      boxes: [
        boxOf(ID.broker, DiagramBoxKind.BROKER, 'Flux broker, a service of systemd', {
          lines: [`port ${PORTS.overlay}`, 'socket /run/flux/local', 'all belongs to the user flux'],
        }),
        boxOf(ID.engine, DiagramBoxKind.CONTAINER, `Rootless ${engine}`, { lines: [kubernetes] }),
      ],
    },
  );
}

/** Where Kubernetes has its control plane; in batch mode each job has one of its own. */
function kubernetesFrame(spec: UsernetesDiagramSpec, sketch: Sketch): readonly DiagramBox[] {
  const { clusterName, nodes } = spec;
  if (modeOf(spec) === UsernetesMode.BATCH)
    return [
      boxOf(ID.kubernetes, DiagramBoxKind.PODS, 'A Kubernetes for each job that asks for one', {
        lines: [
          'on the nodes of the job, gone after it',
          `four ports of each node, from ${PORTS.firstJobPort} on`,
        ],
        isApart: true,
      }),
    ];
  const names = Array.from({ length: nodes }, (_, rank) => `u7s-${clusterName}-${rank}`);
  const workers = names.slice(1);
  if (workers.length > 0) sketch.connect(ID.workers, ID.controlPlane);
  return [
    boxOf(ID.kubernetes, DiagramBoxKind.PODS, 'Kubernetes over all nodes', {
      boxes: [
        ...(workers.length === 0
          ? []
          : [
              boxOf(ID.workers, DiagramBoxKind.CONTAINER, counted(workers.length, 'worker'), {
                lines: [rangeLine(workers)],
              }),
            ]),
        boxOf(ID.controlPlane, DiagramBoxKind.CONTAINER, 'Control plane, on rank 0', {
          lines: [names[0], `API server, port ${PORTS.apiServer}`, `etcd, port ${PORTS.etcd}`],
        }),
      ],
    }),
  ];
}

function brokersFrame(
  { clusterName, nodes, maxNodes = nodes }: UsernetesDiagramSpec,
  sketch: Sketch,
): DiagramBox {
  const run = (first: number, count: number): HostRun => ({
    head: `${clusterName}-`,
    tail: '',
    first: String(first),
    count,
  });
  const topology = 'flat';
  return overlayFrame(
    {
      id: ID.network,
      title: 'Overlay network of the brokers',
      lines: [`port ${PORTS.overlay}`, topologyLine(topology)],
      topology,
      runs: [
        { hosts: run(0, nodes), whereabouts: Whereabouts.HERE },
        { hosts: run(nodes, Math.max(maxNodes - nodes, 0)), whereabouts: Whereabouts.LATER },
      ],
    },
    sketch,
  );
}

/** What the nodes reach, and what reaches them. */
function surroundings(spec: UsernetesDiagramSpec): readonly DiagramBox[] {
  const { clusterName, certificate, munge, ingress = [], wait } = spec;
  const isSystem = modeOf(spec) === UsernetesMode.SYSTEM;
  const secrets = [
    certificate === undefined ? 'certificate of the brokers' : undefined,
    munge === true ? 'munge key' : undefined,
    isSystem ? 'kubeconfig' : undefined,
  ].filter((secret) => secret !== undefined);
  return [
    boxOf(ID.sessions, DiagramBoxKind.SERVICE, 'Session Manager', {
      lines: [
        'how people come in: a shell',
        isSystem ? `and a tunnel to port ${PORTS.apiServer}` : undefined,
      ],
    }),
    ...(ingress.length === 0
      ? []
      : [boxOf(ID.ingress, DiagramBoxKind.SERVICE, 'May come in', { lines: ingress.map(ingressLine) })]),
    boxOf(ID.bucket, DiagramBoxKind.CONFIGURATION, 'Bucket of S3', {
      lines: ['scripts of the boot, by checksum'],
    }),
    boxOf(ID.parameters, DiagramBoxKind.SECRET, 'Parameters of SSM', {
      lines: [
        `below ${parametersOf(clusterName)}`,
        'number of nodes, image, packages',
        secrets.length === 0 ? undefined : `encrypted: ${listed(secrets)}`,
      ],
    }),
    outsideBox(spec),
    ...(wait?.enabled === false
      ? []
      : [
          boxOf(ID.wait, DiagramBoxKind.OBJECT, 'Wait condition of CloudFormation', {
            lines: ['pulumi up ends with it'],
          }),
        ]),
  ];
}

function ingressLine({ cidr, port, toPort = port, protocol = 'tcp' }: IngressSpec): string {
  return short(`${cidr} to ${port === toPort ? port : `${port}–${toPort}`}/${protocol}`);
}

const WAYS: Readonly<Record<NetworkAccess, readonly string[]>> = {
  [NetworkAccess.NAT]: ['NAT gateway', 'to mirrors and registries', 'nothing comes in by it'],
  [NetworkAccess.ENDPOINTS]: ['Endpoints only', 'of S3, SSM, its sessions and EC2', 'no way out'],
  [NetworkAccess.PUBLIC]: ['Internet gateway', 'an Elastic IP for each node'],
};

function outsideBox({ network = {} }: UsernetesDiagramSpec): DiagramBox {
  const isMade = network.vpcId === undefined;
  const [title = '', ...lines] = isMade
    ? WAYS[network.access ?? DEFAULT_ACCESS]
    : ['The way out of the subnet'];
  return boxOf(ID.outside, DiagramBoxKind.SERVICE, title, { lines, isApart: !isMade });
}
