import { Report, problemOf, problemsOfFields } from '../construct-rule';
import { FLAG, LABELS, LIST, TEXT, TEXTS, TREE, isObjectName } from '../field-types';
import { FieldType, Fields, Unfit, isText, unfit } from '../fields';
import { isCsiDriver, isLabel } from '../kubernetes-names';
import { Metadata } from '../manifest';
import { Problem } from '../problems';
import { amountOf, isQuantity } from '../quantity';
import { Tree, isTree } from '../tree';
import { accessModesOf } from './access-modes';
import { csiDriver } from './csi-drivers';
import { RULES } from './rules';
import { CsiSource, HostPathSource, NfsSource, SharedVolumeSpec, VolumeSecretReference } from './spec';

const CLASS: FieldType = { expected: "a text, '' for none", accepts: (value) => typeof value === 'string' };
/** Names as the DNS and hosts files have them, or an address; IPv6 with or without brackets, as mount.nfs takes it. */
const HOST = /^(?:[A-Za-z0-9][\w.-]*|\[?[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*\]?)$/;
const SERVER: FieldType = {
  expected: 'a host name or an address alone, without scheme, port or path',
  accepts: (value) => isText(value) && HOST.test(value),
};
const SECRET: FieldType = {
  expected: 'an object with the name of a Secret, and its namespace if that is another one',
  accepts: isSecret,
};

const METADATA: Fields = { name: TEXT, namespace: TEXT, labels: LABELS, annotations: TEXTS };
const SPEC: Fields<SharedVolumeSpec> = {
  hostPath: TREE,
  nfs: TREE,
  csi: TREE,
  existingClaim: TEXT,
  capacity: TEXT,
  accessModes: LIST,
  storageClassName: CLASS,
  reclaimPolicy: TEXT,
  mountOptions: LIST,
  nodeSelector: LABELS,
};
const HOST_PATH: Fields<HostPathSource> = { path: TEXT, type: TEXT };
const NFS: Fields<NfsSource> = { server: SERVER, path: TEXT, readOnly: FLAG };
const CSI: Fields<CsiSource> = {
  driver: TEXT,
  volumeHandle: TEXT,
  volumeAttributes: TEXTS,
  fsType: TEXT,
  readOnly: FLAG,
  controllerPublishSecretRef: SECRET,
  nodeStageSecretRef: SECRET,
  nodePublishSecretRef: SECRET,
  controllerExpandSecretRef: SECRET,
  nodeExpandSecretRef: SECRET,
};
const FIELDS_OF_SOURCES: Readonly<Record<string, Fields>> = { hostPath: HOST_PATH, nfs: NFS, csi: CSI };

/** The fields that say where a volume comes from. */
const SOURCES = ['hostPath', 'nfs', 'csi', 'existingClaim'];
const ACCESS_MODES = ['ReadWriteMany', 'ReadOnlyMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

/** All that is wrong with a shared volume. Callers in JavaScript and YAML have no compiler: both may be anything. */
export function checkSharedVolume(metadata: Metadata, spec: SharedVolumeSpec): readonly Problem[] {
  const unfitFields = findUnfit(metadata, spec);
  const problems = problemsOfFields(unfitFields, RULES);
  const told = unfitFields.map(({ path }) => path);
  const anything: unknown = spec;
  if (!isTree(anything ?? {})) return problems;
  // What has the wrong type is told already, and with it what stands within.
  const report: Report = (rule, path, ...details) => {
    if (!told.some((one) => path === one || path.startsWith(`${one}.`)))
      problems.push(problemOf(rule, path, ...details));
  };
  const named = withoutUndefined(metadata);
  // A source of the wrong type still says where the volume comes from.
  const given = Object.fromEntries(
    Object.entries(withoutUndefined(spec)).filter(
      ([field]) => SOURCES.includes(field) || !told.includes(field),
    ),
  );
  checkNames(named, given, report);
  const [source, ...others] = SOURCES.filter((one) => given[one] !== undefined);
  for (const other of others)
    report(RULES.sources, other, undefined, `and ${source ?? ''} exclude one another`);
  if (others.length > 0) return problems;
  checkAccessModes(given, report);
  if (source === 'existingClaim') {
    for (const field of Object.keys(given)) {
      if (field !== 'existingClaim' && field !== 'accessModes') report(RULES.ofTheClaim, field, given[field]);
    }
    return problems;
  }
  checkCapacity(given, source === undefined, report);
  if (source === undefined) {
    for (const field of ['reclaimPolicy', 'mountOptions', 'nodeSelector']) {
      if (given[field] !== undefined) report(RULES.ofTheClass, field, given[field]);
    }
    return problems;
  }
  if (named.namespace === undefined) report(RULES.namespace, 'metadata.namespace', undefined);
  checkReclaimPolicy(given, source, report);
  if (source === 'csi') checkCsi(given, withoutUndefined(given.csi), report);
  else checkDirectory(given, source, withoutUndefined(given[source]), report);
  return problems;
}

/** What is wrong with how a container mounts a volume. */
export function checkMount(path: unknown, options: unknown): Problem[] {
  const problems: Problem[] = [];
  const { readOnly, subPath } = isTree(options) ? options : {};
  if (!isText(path) || !path.startsWith('/') || path.includes(':'))
    problems.push(problemOf(RULES.mount, 'path', path, 'must be an absolute path without a colon'));
  if (!isTree(options))
    problems.push(problemOf(RULES.type, 'options', options, 'must be an object, if there are any'));
  if (readOnly !== undefined && typeof readOnly !== 'boolean')
    problems.push(problemOf(RULES.type, 'readOnly', readOnly, 'must be true or false'));
  if (subPath !== undefined && !isSubPath(subPath))
    problems.push(problemOf(RULES.mount, 'subPath', subPath, 'must be a relative path without ..'));
  return problems;
}

/** A path within a volume, as a mount may name it. */
export function isSubPath(path: unknown): boolean {
  return isText(path) && !path.startsWith('/') && !path.split('/').includes('..');
}

function findUnfit(metadata: unknown, spec: unknown): Unfit[] {
  return [
    ...unfit('metadata', metadata ?? {}, METADATA),
    ...unfit('', spec ?? {}, SPEC),
    ...Object.entries(FIELDS_OF_SOURCES).flatMap(([name, fields]) => {
      const source = isTree(spec) ? spec[name] : undefined;
      return isTree(source) ? unfit(name, source, fields) : [];
    }),
  ];
}

function checkNames(
  { name, namespace }: Tree,
  { existingClaim, storageClassName }: Tree,
  report: Report,
): void {
  if (existingClaim !== undefined) {
    if (!isObjectName(existingClaim)) report(RULES.name, 'existingClaim', existingClaim);
  } else if (!isObjectName(name)) report(RULES.name, 'metadata.name', name);
  if (isText(namespace) && !isLabel(namespace)) report(RULES.name, 'metadata.namespace', namespace);
  if (isText(storageClassName) && !isObjectName(storageClassName))
    report(RULES.name, 'storageClassName', storageClassName);
}

function checkAccessModes({ accessModes }: Tree, report: Report): void {
  if (accessModes === undefined) return;
  const modes = accessModes as string[];
  const isKnown = modes.length > 0 && modes.every((mode) => ACCESS_MODES.includes(mode));
  const isAlone = modes.length === 1 || !modes.includes('ReadWriteOncePod');
  if (!isKnown || !isAlone) report(RULES.accessModes, 'accessModes', modes);
}

function checkCapacity({ capacity }: Tree, isRequired: boolean, report: Report): void {
  if (capacity === undefined && !isRequired) return;
  if (isText(capacity) && !isQuantity(capacity))
    report(RULES.capacity, 'capacity', capacity, 'is no quantity', fixOfSize(capacity));
  else if (!isText(capacity) || amountOf(capacity) <= 0) report(RULES.capacity, 'capacity', capacity);
}

/** What sizes as people write them (`100GB`, `2 tb`) are to Kubernetes. */
function fixOfSize(capacity: string): string | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?) ?([kmgtpe])i?b?$/i.exec(capacity) ?? [];
  return amount !== undefined && unit !== undefined ? `write '${amount}${unit.toUpperCase()}i'` : undefined;
}

function checkReclaimPolicy({ reclaimPolicy }: Tree, source: string, report: Report): void {
  const allowed = source === 'csi' ? ['Retain', 'Delete'] : ['Retain'];
  if (reclaimPolicy !== undefined && !allowed.includes(reclaimPolicy as string))
    report(RULES.reclaimPolicy, 'reclaimPolicy', reclaimPolicy);
}

function checkDirectory({ mountOptions }: Tree, source: string, at: Tree, report: Report): void {
  const { path, type, server } = at;
  if (!isText(path)) report(RULES.required, `${source}.path`, undefined);
  else if (!path.startsWith('/') || path.split('/').includes('..'))
    report(RULES.path, `${source}.path`, path);
  if (source === 'nfs') {
    if (server === undefined) report(RULES.required, 'nfs.server', undefined);
    return;
  }
  if (type !== undefined && type !== 'Directory' && type !== 'DirectoryOrCreate')
    report(RULES.hostPathType, 'hostPath.type', type);
  if (mountOptions !== undefined) report(RULES.hostPathOptions, 'mountOptions', mountOptions);
}

function checkCsi(spec: Tree, csi: Tree, report: Report): void {
  const { driver, volumeHandle, volumeAttributes } = csi;
  if (!isText(driver)) {
    report(RULES.required, 'csi.driver', undefined);
    return;
  }
  if (!isCsiDriver(driver)) report(RULES.name, 'csi.driver', driver);
  const known = csiDriver(driver);
  if (volumeHandle === undefined && !known.hasFreeHandle)
    report(RULES.required, 'csi.volumeHandle', undefined);
  for (const attribute of known.attributes ?? []) {
    if (!isTree(volumeAttributes) || !volumeAttributes[attribute])
      report(RULES.required, `csi.volumeAttributes.${attribute}`, undefined);
  }
  const modes = accessModesOf(spec);
  const possible = known.accessModes;
  if (possible && modes.some((mode) => !possible.includes(mode)))
    report(
      RULES.driverModes,
      'accessModes',
      modes,
      `must be of those that ${driver} has: ${possible.join(', ')}`,
    );
}

/** It may be a construct, which has much else besides a name. */
function isSecret(value: unknown): boolean {
  if (!isTree(value)) return false;
  const { name, namespace } = value as Partial<VolumeSecretReference>;
  return isObjectName(name) && (namespace === undefined || (isText(namespace) && isLabel(namespace)));
}

function withoutUndefined(value: unknown): Tree {
  if (!isTree(value)) return {};
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));
}
