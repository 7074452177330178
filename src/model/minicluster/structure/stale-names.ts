import { USE_MULTI_APPLICATION_CLUSTER } from '../rules/common/operator-validation';

/**
 * Field names that other API versions, unmerged branches, upstream's older pages or Kubernetes itself use,
 * and what to write instead. By the object that they were found in; `services[]` is as `containers[]`.
 */
export type StaleNames = Readonly<Record<string, Readonly<Record<string, string>>>>;

const SPEC_ONLY = 'pass only what stands below spec';
const NO_FIELD = 'leave it out: the operator has no field for it';
const OWN_CLAIM =
  'leave it out: create a PersistentVolume and a PersistentVolumeClaim of your own, and write claimName';
const NO_MODE =
  'leave it out: the operator sets no modes; copy the files in commands.init and set the mode of the copies there';
const RUN_AS_USER = 'set runAsUser in securityContext of the container and of flux.container alike';

const OF_ARCHIVES = 'leave it out: it is an option of the library, given in TypeScript (docs/state.md)';

/** What the whole spec of either version has been found with. */
const MANIFEST = { apiVersion: SPEC_ONLY, kind: SPEC_ONLY, metadata: SPEC_ONLY, spec: SPEC_ONLY };

/** What containers of either version have been found with. */
const CONTAINER = {
  args: 'append it to command',
  env: 'write environment for values, and secrets for keys of Secrets',
  livenessProbe: NO_FIELD,
  readinessProbe: NO_FIELD,
  startupProbe: NO_FIELD,
  volumeMounts: 'write volumes, which name the volume and its path in one',
  preCommand: 'write commands.init to run first, or commands.pre to run just before Flux starts',
};

const COMMANDS = { preWorker: 'write workerPre', preBroker: 'write brokerPre' };

const POD = {
  affinity: 'write nodeAffinity, a map of node labels to values',
  hostNetwork: NO_FIELD,
  priorityClassName: NO_FIELD,
  terminationGracePeriodSeconds: NO_FIELD,
  topologySpreadConstraints: NO_FIELD,
};

const OVERSUBSCRIBE = `leave it out: no operator of this version has it; ${USE_MULTI_APPLICATION_CLUSTER}`;

/** Names that are unknown to v1alpha2. */
export const STALE_IN_V1ALPHA2: StaleNames = {
  '': {
    ...MANIFEST,
    volumes: 'write volumes of the container, with hostPath or with the claimName of a claim of your own',
    users: 'leave it out: run the RESTful server as a container, with its token in a Secret',
    fluxRestful: 'leave it out: run the RESTful server as a container, with its token in a Secret',
    preCommand: 'write commands.pre of the container',
    cores: 'leave it out: Flux takes all cores that it sees in the pod',
    diagnostics: 'leave it out: set interactive, and look around with kubectl exec',
    staging: 'leave it out: it is an option of the library, given in TypeScript (docs/staging.md)',
    ...withPrefix('pod', ['hostNetwork', 'affinity', 'priorityClassName'], POD),
  },
  archive: {
    save: OF_ARCHIVES,
    everyMinutes: OF_ARCHIVES,
    drainSeconds: OF_ARCHIVES,
    keep: OF_ARCHIVES,
    writeOnce: OF_ARCHIVES,
  },
  'containers[]': {
    ...CONTAINER,
    existingVolumes: 'write it as volumes, with the same keys; that of a ConfigMap must equal configMapName',
    fluxUser: RUN_AS_USER,
    cores: 'leave it out: Flux takes all cores that it sees in the pod',
    diagnostics: 'leave it out: set interactive, and look around with kubectl exec',
  },
  'containers[].commands': { ...COMMANDS, runFluxAsRoot: `leave it out: ${RUN_AS_USER}` },
  'containers[].securityContext': { fsGroup: 'write pod.securityContext.fsGroup' },
  'containers[].volumes{}': {
    attributes: 'write csiDriverAttributes',
    capacity: OWN_CLAIM,
    claimAnnotations: OWN_CLAIM,
    defaultMode: NO_MODE,
    delete: OWN_CLAIM,
    driver: 'write csiDriver',
    fsType: OWN_CLAIM,
    medium: 'write emptyDirMedium',
    mode: NO_MODE,
    mountPath: 'write path',
    nodePublishSecretRef: OWN_CLAIM,
    secretNamespace: OWN_CLAIM,
    sizeLimit: 'write emptyDirSizeLimit',
    storageClass: OWN_CLAIM,
    subPath: 'leave it out: the operator mounts whole volumes',
    volumeAttributes: 'write csiDriverAttributes',
    volumeHandle: OWN_CLAIM,
  },
  flux: {
    installRoot:
      'set flux.container: disable to true, and image to that of the container, which has Flux in it',
    curveCertSecret:
      'leave it out: mount the Secret, copy the key with mode 0600 in commands.init, and name the copy in brokerConfig (the option certificate does all that)',
  },
  'flux.container.securityContext': { fsGroup: 'write pod.securityContext.fsGroup' },
  pod: POD,
  'pod.tolerations[]': {
    tolerationSeconds: 'leave it out: the operator can only tolerate a taint without limit of time',
  },
};

/** Names that are unknown to v1alpha1. */
export const STALE_IN_V1ALPHA1: StaleNames = {
  '': { ...MANIFEST, oversubscribe: OVERSUBSCRIBE, preCommand: 'write commands.pre of the container' },
  'containers[]': CONTAINER,
  'containers[].commands': COMMANDS,
  'containers[].securityContext': { capabilities: 'write addCapabilities' },
  'containers[].volumes{}': {
    claimName: 'write the volume under existingVolumes',
    configMapName: 'write the volume under existingVolumes',
    hostPath: 'write the volume below volumes of the spec too, with the path on the host there',
    items: 'write the volume under existingVolumes',
    secretName: 'write the volume under existingVolumes',
  },
  flux: { container: 'leave it out: Flux comes from the image of the container' },
  pod: { hostNetwork: NO_FIELD },
};

function withPrefix<K extends string>(
  parent: string,
  names: readonly K[],
  from: Record<K, string>,
): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, from[name].replace('write ', `write ${parent}.`)]));
}
