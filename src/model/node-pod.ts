/** What pods have that work on the node they run on: the supervisors, the clean-up, the distribution of content. */
import { ARCHITECTURES } from './architectures';
import { defined } from './defined';
import { PYTHON_IMAGE } from './images';
import { Manifest, NamedObject } from './manifest';
import { Toleration } from './minicluster/props';

/** Longest name of a construct with such pods: it starts those of all objects, and labels have 63 characters. */
export const LONGEST_NAME = 40;

/** Where the scripts and their settings are mounted. */
export const SCRIPTS = '/flux-distribute/scripts';

/** Folders of the nodes. None may be shared with anything else. */
export interface NodeDirectories {
  /**
   * What is installed. Programs are run from it.
   * @default '/opt/flux-distribute/NAME'
   */
  readonly installation?: string;
  /**
   * The state of the queue, its copies, scripts of jobs, and content that is on its way. Programs are run from it.
   * @default '/var/lib/flux-distribute/NAME'
   */
  readonly state?: string;
  /**
   * Socket, configuration and certificate of the broker, in memory.
   * @default '/run/flux-distribute/NAME'
   */
  readonly run?: string;
}

/** On which nodes a pod may run. */
export interface NodeChoice {
  readonly architectures?: readonly string[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly Toleration[];
  readonly controlPlane?: boolean;
}

/** The image of such a pod. */
export interface NodeImage {
  readonly image?: string;
  readonly imagePullPolicy?: string;
  readonly imagePullSecrets?: readonly NamedObject[];
}

/** How nodes of the control plane are told, as kubeadm, k3s and others label them. */
const CONTROL_PLANE_LABEL = 'node-role.kubernetes.io/control-plane';

/** Fields of a pod that choose its nodes. */
export function scheduling(choice: NodeChoice): object {
  const { architectures = ARCHITECTURES, nodeSelector, tolerations, controlPlane = false } = choice;
  const others = controlPlane ? [] : [{ key: CONTROL_PLANE_LABEL, operator: 'DoesNotExist' }];
  const matchExpressions = [
    { key: 'kubernetes.io/arch', operator: 'In', values: [...architectures] },
    ...others,
  ];
  return defined({
    nodeSelector: { 'kubernetes.io/os': 'linux', ...nodeSelector },
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
      },
    },
    tolerations: tolerations?.map((toleration) => ({ ...toleration })),
  });
}

/** Fields of a pod that sees the processes of its node, and pulls this image. */
export function onItsNode({ imagePullSecrets = [] }: NodeImage): object {
  return {
    hostPID: true,
    securityContext: { runAsUser: 0, runAsGroup: 0 },
    ...(imagePullSecrets.length > 0 && {
      imagePullSecrets: imagePullSecrets.map(({ name }) => ({ name })),
    }),
  };
}

/** Fields of a container that runs one of our programs, and may enter the node. */
export function program(name: string, script: string, { image, imagePullPolicy }: NodeImage): object {
  return {
    name,
    image: image ?? PYTHON_IMAGE,
    imagePullPolicy: imagePullPolicy ?? 'IfNotPresent',
    command: ['python3', '-B', '-u', `${SCRIPTS}/${script}`],
    // nsenter into the node's first process needs all of it: there is no lesser right.
    securityContext: { privileged: true },
  };
}

/** Variables by which the programs know where they are; PATH, so that `kubectl exec` finds flux-connect. */
export const NODE_ENVIRONMENT = [
  fromField('NODE_NAME', 'spec.nodeName'),
  fromField('NODE_ADDRESS', 'status.hostIP'),
  fromField('POD_NAMESPACE', 'metadata.namespace'),
  { name: 'PATH', value: `${SCRIPTS}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin` },
];

/** With the version that the API server fills in: server-side apply would take its absence for a change. */
function fromField(name: string, fieldPath: string): object {
  return { name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } };
}

/** The folders of the node under the paths that they have there, so that what is installed works in both places. */
export function nodeFolders(directories: Required<NodeDirectories>): { mounts: object[]; volumes: object[] } {
  const folders = Object.entries<string>({ ...directories });
  return {
    mounts: folders.map(([name, path]) => ({ name, mountPath: path })),
    volumes: folders.map(([name, path]) => ({ name, hostPath: { path, type: 'DirectoryOrCreate' } })),
  };
}

/** The programs, which may be run by their names, and their settings in one folder. */
export function scriptsVolume(configMaps: readonly Manifest[]): object {
  const sources = configMaps.map(({ metadata }) => ({ configMap: { name: metadata.name } }));
  return { name: 'scripts', projected: { sources, defaultMode: 0o555 } };
}

export const SCRIPTS_MOUNT = { name: 'scripts', mountPath: SCRIPTS, readOnly: true };
