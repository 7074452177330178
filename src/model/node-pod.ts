/** What pods have that work on the node they run on: the supervisors, the clean-up, the distribution of content. */
import { defined } from './defined';
import { PYTHON_IMAGE } from './images';
import { Manifest, NamedObject } from './manifest';
import { Toleration } from './minicluster/props';
import { NodeDirectories } from './distribute/spec';

/** Where the scripts and their settings are mounted. */
export const SCRIPTS = '/flux-distribute/scripts';

/** On which nodes a pod may run. */
export interface NodeChoice {
  readonly architectures: readonly string[];
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

/** How nodes of the control plane are told: by the label that kubeadm gives them, and the one that it gave before 1.24. */
const CONTROL_PLANE_LABELS = ['node-role.kubernetes.io/control-plane'];

/** Fields of a pod that choose its nodes. */
export function scheduling(choice: NodeChoice): object {
  const { architectures, nodeSelector, tolerations, controlPlane = false } = choice;
  const others = controlPlane ? [] : CONTROL_PLANE_LABELS.map((key) => ({ key, operator: 'DoesNotExist' }));
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
  { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
  { name: 'NODE_ADDRESS', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } },
  { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
  { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
  { name: 'PATH', value: `${SCRIPTS}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin` },
];

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
