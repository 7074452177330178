import { Metadata } from '../manifest';
import { isDataKey, isSubdomain } from '../kubernetes-names';
import { Problem, Severity } from '../problems';
import { ArchiveOptions, takeArchive } from '../state/read-archive';
import { readStaging } from '../staging/read-staging';
import { StagedPath } from '../staging/spec';
import { Tree, isTree } from '../tree';
import { MiniClusterSpec } from './api/v1alpha2';
import { INPUT_RULES } from './input-rules';
import { MiniClusterInput, Silence } from './input';
import { OPERATOR_VERSIONS, OperatorVersion } from './operator-version';
import { problemOf } from './rules/rule';
import { Writable } from './writable';

/** What the library adds to the spec, read and checked. */
export interface InputOptions {
  readonly release: OperatorVersion;
  readonly silence: readonly Silence[];
  readonly certificate?: { readonly secretName: string; readonly key: string };
  readonly reportFailure: boolean;
  readonly archive?: ArchiveOptions;
  readonly staging: readonly StagedPath[];
}

/** What an input says of a mount that the spec has no field for. */
export interface MountFacts {
  /** How the claim may be mounted, if its object tells. */
  readonly accessModes?: readonly string[];
  /** Is the file system of the claim known to lack a rename that replaces, or locks that hold for other nodes? */
  readonly lacksRenameOrLocks?: boolean;
  readonly subPath?: unknown;
  /** Namespace of the claim, if its object tells. */
  readonly namespace?: string;
}

/** The two halves of an input, and what is wrong with the library's half. */
export interface ReadInput {
  /** A copy of the spec alone, with names in place of objects; its types are not checked yet. */
  readonly spec: Writable<MiniClusterSpec>;
  readonly options: InputOptions;
  /** By the path of the volume: `containers[0].volumes.data`. */
  readonly mounts: ReadonlyMap<string, MountFacts>;
  readonly problems: Problem[];
}

/** Takes an input apart. It may be anything: callers in JavaScript and YAML have no compiler. */
export function readInput(input: MiniClusterInput, known: ReadonlySet<string>): ReadInput {
  const problems: Problem[] = [];
  const given: Partial<MiniClusterInput> = isTree(input) ? input : {};
  const { operatorVersion, silence, certificate, reportFailure, staging, ...rest } = given;
  const mounts = new Map<string, MountFacts>();
  const spec = readSpec(rest, problems, mounts);
  return {
    spec,
    mounts,
    options: {
      archive: takeArchive(spec, problems),
      staging: readStaging(staging, problems),
      release: readRelease(operatorVersion, problems),
      silence: readSilence(silence, known, problems),
      certificate: readCertificate(certificate, problems),
      reportFailure: readFlag(reportFailure, problems),
    },
    problems,
  };
}

/**
 * A copy of the spec alone, with names in place of objects; its types are not checked yet.
 * @param mounts gets what else is said of volumes
 */
export function readSpec(
  given: object,
  problems: Problem[],
  mounts: Map<string, MountFacts>,
): Writable<MiniClusterSpec> {
  const spec = copy(given) as Tree;
  for (const list of ['containers', 'services']) {
    const containers: unknown = spec[list];
    if (!Array.isArray(containers)) continue;
    containers.forEach((container: unknown, index) => {
      if (isTree(container)) nameObjectsOf(container, `${list}[${index}]`, problems, mounts);
    });
  }
  if (isTree(spec.pod)) useName(spec.pod, 'serviceAccount', 'serviceAccountName', 'pod', problems);
  return spec as unknown as Writable<MiniClusterSpec>;
}

/** A copy of the metadata, whose name everything else is derived from. */
export function readMetadata(given: unknown, problems: Problem[]): Metadata {
  const metadata = (isTree(given) ? copy(given) : {}) as Partial<Metadata>;
  if (typeof metadata.name === 'string' && metadata.name !== '') return { ...metadata, name: metadata.name };
  const missing = { code: 'MC102', message: 'must be a text', fix: 'name the MiniCluster' };
  problems.push({ ...missing, severity: Severity.ERROR, path: 'metadata.name', value: metadata.name });
  return { ...metadata, name: '' };
}

function nameObjectsOf(
  container: Tree,
  path: string,
  problems: Problem[],
  mounts: Map<string, MountFacts>,
): void {
  useName(container, 'pullSecret', 'imagePullSecret', path, problems);
  if (!isTree(container.volumes)) return;
  for (const [key, volume] of Object.entries(container.volumes)) {
    if (volume === UNMOUNTED) {
      const fix = `write ${key}: data.mount('/path')`;
      problems.push(problemOf(INPUT_RULES.named, `${path}.volumes.${key}`, undefined, NO_MOUNT, fix));
      Reflect.deleteProperty(container.volumes, key);
    }
    if (!isTree(volume)) continue;
    takeFacts(volume, `${path}.volumes.${key}`, mounts);
    for (const source of ['claim', 'configMap', 'secret']) {
      if (source in volume) useName(volume, source, `${source}Name`, `${path}.volumes.${key}`, problems);
    }
  }
}

/** Takes out what the spec has no field for. */
function takeFacts(volume: Tree, path: string, mounts: Map<string, MountFacts>): void {
  const { subPath, claim } = volume;
  const { accessModes, lacksRename, lacksLocking, namespace: given } = isTree(claim) ? claim : {};
  Reflect.deleteProperty(volume, 'subPath');
  const lacksRenameOrLocks = lacksRename === true || lacksLocking === true;
  const namespace = typeof given === 'string' ? given : undefined;
  if (subPath === undefined && accessModes === undefined && !lacksRenameOrLocks && !namespace) return;
  const known = Array.isArray(accessModes) ? accessModes.map(String) : undefined;
  mounts.set(path, { subPath, accessModes: known, lacksRenameOrLocks, namespace });
}

/** Puts the name of the object under `from` into the field `to`. */
function useName(holder: Tree, from: string, to: string, path: string, problems: Problem[]): void {
  if (holder[from] === undefined) return;
  const given = holder[from];
  const name = isTree(given) ? given.name : undefined;
  Reflect.deleteProperty(holder, from);
  if (typeof name !== 'string' || name === '')
    problems.push(problemOf(INPUT_RULES.named, `${path}.${from}`, name));
  else if (holder[to] !== undefined)
    problems.push(problemOf(INPUT_RULES.namedTwice, `${path}.${from}`, name));
  else holder[to] = name;
}

function readRelease(given: unknown, problems: Problem[]): OperatorVersion {
  if (given === undefined) return OperatorVersion.MAIN;
  const known = OPERATOR_VERSIONS.find((version) => version === given);
  if (!known) problems.push(problemOf(INPUT_RULES.release, 'operatorVersion', given));
  return known ?? OperatorVersion.MAIN;
}

/**
 * Checks the list of silenced rules, for any API version.
 * @param known the codes that can be silenced
 */
export function readSilence(given: unknown, known: ReadonlySet<string>, problems: Problem[]): Silence[] {
  if (given === undefined) return [];
  const list: unknown[] = Array.isArray(given) ? given : [given];
  return list.flatMap((one, index) => {
    const { code, reason } = (isTree(one) ? one : {}) as Partial<Record<keyof Silence, unknown>>;
    if (typeof code === 'string' && known.has(code) && typeof reason === 'string' && reason.trim() !== '')
      return [{ code, reason }];
    problems.push(problemOf(INPUT_RULES.silence, `silence[${index}]`, one));
    return [];
  });
}

/** The Secret that is named, as a name or an object; undefined where none is, or not clearly. */
export function readCertificate(given: unknown, problems: Problem[]): InputOptions['certificate'] {
  if (given === undefined) return undefined;
  const tree = isTree(given) ? (copy(given) as Tree) : {};
  useName(tree, 'secret', 'secretName', 'certificate', problems);
  const { secretName, key = 'curve.cert', ...others } = tree;
  const isKey = typeof key === 'string' && isDataKey(key);
  if (typeof secretName === 'string' && secretName !== '' && isKey && Object.keys(others).length === 0) {
    if (!isSubdomain(secretName))
      problems.push(problemOf(INPUT_RULES.certificateName, 'certificate.secretName', secretName));
    return { secretName, key };
  }
  problems.push(problemOf(INPUT_RULES.certificate, 'certificate', given));
  return undefined;
}

function readFlag(given: unknown, problems: Problem[]): boolean {
  if (given !== undefined && typeof given !== 'boolean') {
    const wrongType = { code: 'MC101', message: 'must be true or false', fix: 'write it without quotes' };
    problems.push({ ...wrongType, severity: Severity.ERROR, path: 'reportFailure', value: given });
  }
  return given === true;
}

/** Fields that take an object for its name; what else the object is stays its own business. */
const NAMED_BY_OBJECTS: ReadonlySet<string> = new Set([
  'claim',
  'configMap',
  'pullSecret',
  'secret',
  'serviceAccount',
]);

const NO_MOUNT = 'is a volume, not a mount of it';
/** What a construct that has mounts is copied as: it has none of the fields of data. */
const UNMOUNTED = Symbol(NO_MOUNT);

/** No spec is nested deeper than this; what is, contains itself. */
const DEEPEST = 20;

/**
 * Copies data, so that nothing of the caller's is ever changed: own fields of any object, without those that are
 * undefined. What no manifest can hold (a Map, a number without a value, an object within itself) becomes a symbol, which
 * the structural check refuses wherever it stands.
 */
export function copy(value: unknown, depth = 0): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : Symbol(String(value));
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) return Symbol('an object within itself');
  if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1));
  if (!isPlain(value)) {
    if ('mount' in value && typeof value.mount === 'function') return UNMOUNTED;
    const kind = Object.prototype.toString.call(value);
    if (kind !== '[object Object]') return Symbol(kind);
  }
  // Spread keeps the shape of the object, and with it the speed of all that reads it later.
  const result: Tree = { ...value };
  let isComplete = true;
  for (const key of Object.keys(result)) {
    const field = result[key];
    if (field === undefined) isComplete = false;
    else if (typeof field === 'object' ? !isNamedObject(key, field) : typeof field === 'number') {
      result[key] = copy(field, depth + 1);
    }
  }
  return isComplete ? result : withoutUndefined(result);
}

/** Is this a construct that stands for its name? Data is always copied, whatever its key: a volume may be called secret. */
function isNamedObject(key: string, field: object | null): boolean {
  return field !== null && NAMED_BY_OBJECTS.has(key) && !isPlain(field) && 'name' in field;
}

function withoutUndefined(tree: Tree): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([, field]) => field !== undefined));
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
