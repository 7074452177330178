/**
 * Changes that take a new object. Of a MiniCluster nearly all: the operator reads the spec when it makes the pods, and never
 * again.
 */
import { hashOf } from '../model/hash';
import { Manifest } from '../model/manifest';
import type { MiniClusterSpec, MiniClusterV1Alpha1Spec } from '../model/minicluster/props';
import { isJob, isMiniCluster } from './kinds';

/** All fields of both versions but the number of pods, which the operator follows up to `maxSize`. */
type ReadOnce = Exclude<keyof MiniClusterSpec | keyof MiniClusterV1Alpha1Spec, 'size'>;

const READ_ONCE: Readonly<Record<ReadOnce, true>> = {
  archive: true,
  backoffLimit: true,
  cleanup: true,
  containers: true,
  deadlineSeconds: true,
  flux: true,
  fluxRestful: true,
  interactive: true,
  jobLabels: true,
  logging: true,
  maxSize: true,
  minSize: true,
  network: true,
  oversubscribe: true,
  pod: true,
  services: true,
  shareProcessNamespace: true,
  tasks: true,
  users: true,
  volumes: true,
};

/** What Kubernetes refuses to change in a Job, beside what the provider knows of (its `diff.go`). */
const FIXED_OF_JOBS = [
  'backoffLimitPerIndex',
  'completionMode',
  'managedBy',
  'podFailurePolicy',
  'successPolicy',
];

/** On the custom resource: what is in the ConfigMaps of its scripts, whose names stay the same. */
const SCRIPTS = 'flux-framework.org/scripts';

/** Paths of fields whose change replaces the object, where the provider would not do so of itself. */
export function replacedOnChangesOf(manifest: Manifest): string[] {
  if (isJob(manifest)) return FIXED_OF_JOBS.map((field) => `spec.${field}`);
  if (!isMiniCluster(manifest)) return [];
  const { maxSize } = manifest.spec as MiniClusterSpec;
  const fields = [...Object.keys(READ_ONCE), ...(maxSize === undefined ? ['size'] : [])];
  return [...fields.map((field) => `spec.${field}`), `metadata.annotations["${SCRIPTS}"]`];
}

/**
 * A MiniCluster that changes with its scripts, any other object as it is.
 * @param needs the objects that it needs
 */
export function changingWithScripts(manifest: Manifest, needs: readonly Manifest[]): Manifest {
  const scripts = needs.filter(({ kind }) => kind === 'ConfigMap').map(({ data }) => data);
  if (!isMiniCluster(manifest) || scripts.length === 0) return manifest;
  const annotations = { ...manifest.metadata.annotations, [SCRIPTS]: hashOf(scripts) };
  return { ...manifest, metadata: { ...manifest.metadata, annotations } };
}
