/** What an API server refuses although the schemas allow it: names that don't fit, references to what isn't there. */
import { Manifest } from '../../src/model/manifest';

/** A container as the checks look at it. */
export interface PodContainer {
  readonly name: string;
  readonly image?: string;
  readonly imagePullPolicy?: string;
  readonly command?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts?: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
    readonly subPath?: string;
  }[];
  readonly restartPolicy?: string;
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** The spec of a pod as the checks look at it. */
export interface PodSpec {
  readonly containers: readonly PodContainer[];
  readonly initContainers?: readonly PodContainer[];
  readonly volumes?: readonly { readonly name: string; readonly [source: string]: unknown }[];
  readonly restartPolicy?: string;
  readonly [field: string]: unknown;
}

/** A template with its labels. */
export interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>>; readonly annotations?: object };
  readonly spec: PodSpec;
}

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LONGEST_LABEL = 63;
const MOST_BYTES = 1024 * 1024;

/**
 * The manifests, after each has been looked at as an API server does.
 * @throws Error that lists everything that is wrong
 */
export function applicable<T extends readonly Manifest[]>(manifests: T): T {
  const found = [...manifests.flatMap(ofObject), ...twice(manifests.map(identity), 'object')];
  if (found.length > 0) throw new Error(['rendered what a cluster would refuse:', ...found].join('\n  - '));
  return manifests;
}

/** The pod template of a Job or Deployment. */
export function templateOf(manifest: Manifest): PodTemplate | undefined {
  return (manifest.spec as { template?: PodTemplate } | undefined)?.template;
}

function identity({ kind, metadata: { namespace = '', name } }: Manifest): string {
  return `${kind} ${namespace}/${name}`;
}

function ofObject(manifest: Manifest): string[] {
  const { kind, metadata, data = {} } = manifest;
  const found: string[] = [];
  // The name of a Job is the value of a label of its pods, that of a Service a DNS label that starts with a letter.
  if (kind === 'Job' && metadata.name.length > LONGEST_LABEL) found.push('has a name that no label can hold');
  if (kind === 'Service' && !(isLabel(metadata.name) && /^[a-z]/.test(metadata.name)))
    found.push('has a name that no Service can have');
  for (const [label, value] of Object.entries(metadata.labels ?? {})) found.push(...ofLabel(label, value));
  const bytes = Object.entries(data).reduce(
    (sum, [key, text]) => sum + key.length + Buffer.byteLength(text),
    0,
  );
  if (bytes > MOST_BYTES) found.push('is larger than 1 MiB');
  for (const key of Object.keys(data)) if (!/^[-._a-zA-Z0-9]+$/.test(key)) found.push(`has the key ${key}`);
  const template = templateOf(manifest);
  if (template) found.push(...ofTemplate(template));
  return found.map((text) => `${identity(manifest)} ${text}`);
}

function isLabel(text: string): boolean {
  return LABEL.test(text) && text.length <= LONGEST_LABEL;
}

function ofLabel(label: string, value: string): string[] {
  const isValue =
    /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/.test(value) && value.length <= LONGEST_LABEL;
  return isValue ? [] : [`has the label ${label} with the value ${value}`];
}

function ofTemplate({ metadata, spec }: PodTemplate): string[] {
  const { containers, initContainers = [], volumes = [] } = spec;
  const all = [...initContainers, ...containers];
  const names = volumes.map(({ name }) => name);
  return [
    ...Object.entries(metadata.labels).flatMap(([label, value]) => ofLabel(label, value)),
    ...all.filter(({ name }) => !isLabel(name)).map(({ name }) => `has the container ${name}`),
    ...twice(
      all.map(({ name }) => name),
      'container',
    ),
    ...names.filter((name) => !isLabel(name)).map((name) => `has the volume ${name}`),
    ...twice(names, 'volume'),
    ...all.flatMap((container) => ofContainer(container, names)),
    ...names
      .filter(
        (name) => !all.some(({ volumeMounts = [] }) => volumeMounts.some((mount) => mount.name === name)),
      )
      .map((name) => `mounts the volume ${name} nowhere`),
    ...volumes
      .filter(({ name, ...sources }) => name !== '' && Object.keys(sources).length !== 1)
      .map(({ name }) => `has no or several sources for the volume ${name}`),
  ];
}

function ofContainer(
  { name, image, env = [], ports = [], volumeMounts = [] }: PodContainer,
  volumes: string[],
): string[] {
  const found = [
    ...twice(
      env.map((variable) => variable.name),
      'variable',
    ),
    ...twice(
      ports.map((port) => port.name),
      'port',
    ),
    ...twice(
      ports.map((port) => String(port.containerPort)),
      'port',
    ),
    ...twice(
      volumeMounts.map(({ mountPath }) => mountPath.replace(/(?!^)\/+$/, '')),
      'mount',
    ),
    ...volumeMounts
      .filter((mount) => !volumes.includes(mount.name))
      .map((mount) => `mounts ${mount.name}, which isn't there`),
    ...volumeMounts
      .filter(({ mountPath }) => !/^\/[^:]*$/.test(mountPath))
      .map(({ mountPath }) => `mounts at ${mountPath}`),
    ...ports.filter((port) => port.name.length > 15).map((port) => `has the port ${port.name}`),
    ...(image?.trim() ? [] : ['has no image']),
  ];
  return found.map((text) => `container ${name} ${text}`);
}

function twice(names: readonly string[], what: string): string[] {
  return names
    .filter((name, index) => names.indexOf(name) !== index)
    .map((name) => `has the ${what} ${name} twice`);
}
