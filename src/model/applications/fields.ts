/** The fields of a cluster with several applications, and what to write in place of those that it doesn't have. */
import { jobOptions } from '../job/generated/options.fields';
import { MiniClusterJobOptions } from '../job/options';
import { FieldTable } from '../minicluster/api/field-table';
import { fieldPath } from '../minicluster/structure/place';
import { Vocabulary, fixForUnknown } from '../minicluster/structure/unknown-field';
import { Problem, Severity } from '../problems';
import { Tree, isTree } from '../tree';
import {
  ApplicationInput,
  BrokerContainerInput,
  BrokerHooks,
  FluxionInput,
  MultiApplicationClusterInput,
  QueueInput,
} from './spec';

/** The fields of an object, by the objects that they hold; what these hold is the job engine's to tell. */
type Fields<Input> = Readonly<Record<keyof Input, string>>;

/** An object of the input, as messages call it. */
export enum InputObject {
  CLUSTER = 'a MultiApplicationCluster',
  QUEUE = 'the queue',
  APPLICATION = 'an application',
  FLUXION = 'fluxion',
  HOOKS = "a broker's commands",
}

const HOOKS: Fields<BrokerHooks> = { init: '', pre: '', brokerPre: '', workerPre: '', post: '' };

const OF_CONTAINER: Fields<BrokerContainerInput> = {
  workingDir: '',
  environment: '',
  secrets: '',
  volumes: '',
  resources: '',
  ports: '',
  commands: 'Hooks',
  lifeCycle: '',
  securityContext: '',
  imagePullPolicy: '',
  imagePullSecret: '',
  pullSecret: '',
};
const OF_QUEUE: Fields<QueueInput> = { ...OF_CONTAINER, image: '', command: '' };
const OF_APPLICATION: Fields<ApplicationInput> = {
  ...OF_CONTAINER,
  name: '',
  image: '',
  cores: '',
  staging: '',
};
const OF_FLUXION: Fields<FluxionInput> = {
  serviceImage: '',
  serviceCommand: '',
  controllerImage: '',
  servicePort: '',
  securityContext: '',
  controllerPort: '',
  resources: '',
};
const OF_CLUSTER: Fields<Omit<MultiApplicationClusterInput, keyof MiniClusterJobOptions>> = {
  applications: 'Application[]',
  queue: 'Queue',
  sharing: '',
  fluxion: 'Fluxion',
  size: '',
  minSize: '',
  maxSize: '',
  runAsUser: '',
  runAsGroup: '',
  flux: '',
  fluxFrom: '',
  pod: '',
  network: '',
  logging: '',
  services: '',
  jobLabels: '',
  deadlineSeconds: '',
  cleanup: '',
  backoffLimit: '',
  shareProcessNamespace: '',
  certificate: '',
  archive: '',
  silence: '',
};

const TABLE: FieldTable = {
  root: 'Cluster',
  objects: {
    Cluster: { ...OF_CLUSTER, ...jobOptions.objects.MiniClusterJobOptions },
    Queue: OF_QUEUE,
    Application: OF_APPLICATION,
    Fluxion: OF_FLUXION,
    Hooks: HOOKS,
  },
  required: {},
};

const TYPES: Readonly<Record<InputObject, string>> = {
  [InputObject.CLUSTER]: 'Cluster',
  [InputObject.QUEUE]: 'Queue',
  [InputObject.APPLICATION]: 'Application',
  [InputObject.FLUXION]: 'Fluxion',
  [InputObject.HOOKS]: 'Hooks',
};

/** What Kubernetes calls what a container has here. */
const OF_KUBERNETES = {
  env: 'write environment for values, and secrets for keys of Secrets',
  volumeMounts: 'write volumes, which name the volume and its path in one',
};

/** What the job engine has and this has not, with what says the same here. */
const VOCABULARY: Vocabulary = {
  table: TABLE,
  stale: {
    Cluster: {
      containers: 'write applications and queue',
      interactive: 'leave it out: without queue.command the cluster waits for whoever connects',
      tasks: 'say it to flux-app, for each job',
      staging: 'write it for an application',
      oversubscribe: 'leave it out: nothing is oversubscribed',
    },
    Application: {
      runFlux: 'leave it out: every application runs a broker',
      launcher: 'leave it out: applications run what flux-app hands them',
      batch: 'leave it out: write flux-app batch',
      pullAlways: "write imagePullPolicy: 'Always'",
      gpus: 'write resources.limits with the name of the device',
      ...OF_KUBERNETES,
      command: 'leave it out: applications run what flux-app hands them; queue.command is run once',
    },
    Queue: {
      ...OF_KUBERNETES,
      name: "leave it out: the queue is called 'queue'",
      staging: 'write it for an application',
    },
    Fluxion: {
      image: 'write serviceImage and controllerImage',
      port: 'write servicePort and controllerPort',
    },
    Hooks: { script: 'leave it out: queue.command is a script', prefix: 'leave it out, or write flux.wrap' },
  },
  other: { name: '', table: { root: '', objects: {}, required: {} } },
};

/**
 * A copy of an object that has its known fields alone, without those that are undefined.
 * @returns undefined for what is no object
 */
export function knownFields(
  given: unknown,
  path: string,
  object: InputObject,
  problems: Problem[],
): Tree | undefined {
  if (given === undefined) return undefined;
  if (!isTree(given)) {
    problems.push(wrongType(path, given, 'an object'));
    return undefined;
  }
  const type = TYPES[object];
  const fields = TABLE.objects[type] ?? {};
  const copy: Tree = {};
  for (const [field, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (Object.hasOwn(fields, field)) copy[field] = value;
    else problems.push(unknown(path, field, value, object));
  }
  return copy;
}

function unknown(parent: string, field: string, value: unknown, object: InputObject): Problem {
  const type = TYPES[object];
  const place = { path: parent, generic: type, type, optional: false, value: undefined };
  const fix = fixForUnknown(VOCABULARY, place, field);
  const path = fieldPath(parent, field);
  return {
    code: 'MC100',
    severity: Severity.ERROR,
    path,
    value,
    message: `is not a field of ${object}`,
    fix,
  };
}

/** The advice of the job engine about an unknown field, where it names a place in its own input. */
export function placedHere(fix: string): string {
  const there = /^write it as (\S+), or leave it out$/.exec(fix)?.[1];
  if (there === undefined) return fix;
  const [, inContainer, field = ''] = /^(containers\[\]\.)?(\w+)/.exec(there) ?? [];
  const type = inContainer === undefined ? 'Cluster' : 'Application';
  if (!Object.hasOwn(TABLE.objects[type] ?? {}, field)) return 'leave it out';
  return fix.replace('containers[]', 'applications[]');
}

export function missing(path: string): Problem {
  return { code: 'MC102', severity: Severity.ERROR, path, message: 'is missing', fix: 'add it as a string' };
}

export function wrongType(path: string, value: unknown, type: string): Problem {
  return {
    code: 'MC101',
    severity: Severity.ERROR,
    path,
    value,
    message: `must be ${type}`,
    fix: `write ${type}`,
  };
}
