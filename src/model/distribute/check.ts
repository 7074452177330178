import { isOfTheSystem, isPath, overlaps } from '../addresses';
import { Report, problemsOfFields, reportBeside } from '../construct-rule';
import {
  FLAG,
  LABELS,
  LIST,
  METADATA,
  NAMED_LIST,
  NUMBER,
  OBJECT_NAME,
  RESOURCES,
  TEXT,
  TOLERATIONS,
  TREE,
  Ranges,
  isImageByDigest,
  isIntegerIn,
  isObjectName,
  outOfRange,
  treeOf,
  oneOf,
} from '../field-types';
import { Fields, Unfit, isText, unfit } from '../fields';
import { isDataKey, isLabel, isServiceName } from '../kubernetes-names';
import { Metadata } from '../manifest';
import { Problem } from '../problems';
import { Tree, isTree } from '../tree';
import { checkBuild, unfitInBuild } from './check-build';
import { isCoreList } from './cores';
import { directoriesOf } from './identity';
import { RULES } from './rules';
import { BrokerRunner, FluxDistributeSpec, NodeCleanUp, UpdateStrategy } from './spec';
import { LONGEST_NAME, NodeDirectories } from '../node-pod';

const SPEC: Fields<FluxDistributeSpec> = {
  versions: TREE,
  locks: TREE,
  mirror: TREE,
  proxy: TREE,
  tarballs: TREE,
  prefix: TEXT,
  image: TEXT,
  imagePullPolicy: oneOf(['Always', 'IfNotPresent', 'Never']),
  imagePullSecrets: NAMED_LIST,
  architectures: LIST,
  nodeSelector: LABELS,
  tolerations: TOLERATIONS,
  controlPlane: FLAG,
  priorityClassName: OBJECT_NAME,
  updateStrategy: TREE,
  resources: RESOURCES,
  cores: TEXT,
  threadsPerCore: NUMBER,
  gpus: FLAG,
  port: NUMBER,
  networkInterface: TEXT,
  topology: TEXT,
  quorum: NUMBER,
  leadSelector: LABELS,
  configuration: TEXT,
  directories: TREE,
  settleSeconds: NUMBER,
  minGenerationSeconds: NUMBER,
  drainSeconds: NUMBER,
  leaseSeconds: NUMBER,
  stateCopies: NUMBER,
  stateSeconds: NUMBER,
  stateVolume: { expected: 'a claim: an object with a name', accepts: isTree },
  runner: oneOf(Object.values(BrokerRunner)),
  raiseSysctls: FLAG,
  onDelete: oneOf(Object.values(NodeCleanUp)),
  certificate: TREE,
};
const AMOUNT = /^(?:[1-9][0-9]*|[1-9][0-9]?%|100%)$/;
const UPDATE: Fields<UpdateStrategy> = {
  type: oneOf(['RollingUpdate', 'OnDelete']),
  maxUnavailable: {
    expected: "a number of pods in quotes, or a percentage: '10%'",
    accepts: (value) => isText(value) && AMOUNT.test(value),
  },
};
const DIRECTORIES: Fields<NodeDirectories> = { installation: TEXT, state: TEXT, run: TEXT };

/** The numbers with their ranges. */
const RANGES: Ranges = {
  threadsPerCore: [1, 8],
  quorum: [1, 100_000],
  settleSeconds: [0, 86_400],
  minGenerationSeconds: [0, 604_800],
  drainSeconds: [0, 604_800],
  leaseSeconds: [15, 3600],
  stateCopies: [0, 16],
  stateSeconds: [10, 86_400],
};

const TOPOLOGY = /^(?:flat|binomial|(?:kary|mincrit):(?:[2-9]|[1-9][0-9]{1,3}))$/;
/** What Linux takes, and no more than what needs no quotes. */
const INTERFACE = /^[A-Za-z0-9][A-Za-z0-9_.@-]{0,14}$/;
const FIRST_PORT = 1024;
/** Below the ports that Kubernetes gives to Services. */
const LAST_PORT = 29_999;
const OF_KUBERNETES = [2379, 2380, 6443, 9099];
const OF_KUBELETS: readonly [number, number] = [10_248, 10_259];

/** All that is wrong; callers in JavaScript and YAML have no compiler: both may be anything. */
export function checkFluxDistribute(metadata: Metadata, spec: FluxDistributeSpec = {}): Problem[] {
  const unfitFields = findUnfit(metadata, spec);
  const problems = problemsOfFields(unfitFields, RULES);
  if (!isTree(spec)) return problems;
  const told = unfitFields.map(({ path }) => path);
  const report = reportBeside(told, problems);
  const given: Tree = Object.fromEntries(
    Object.entries(spec).filter(([field, value]) => value !== undefined && !told.includes(field)),
  );
  checkNames(treeOf(metadata), report);
  checkBuild(given, report);
  checkPods(given, report);
  checkNetwork(given, report);
  checkNumbers(given, report);
  checkDirectories(metadata, given, report);
  checkState(given, report);
  return problems;
}

function findUnfit(metadata: unknown, spec: unknown): Unfit[] {
  const { updateStrategy, directories } = treeOf(spec);
  return [
    ...unfit('metadata', metadata ?? {}, METADATA),
    ...unfit('', spec, SPEC),
    ...(isTree(updateStrategy) ? unfit('updateStrategy', updateStrategy, UPDATE) : []),
    ...(isTree(directories) ? unfit('directories', directories, DIRECTORIES) : []),
    ...unfitInBuild(treeOf(spec)),
  ];
}

function checkNames({ name, namespace }: Tree, report: Report): void {
  if (!isText(name) || !isServiceName(name) || name.length > LONGEST_NAME)
    report(RULES.name, 'metadata.name', name);
  if (namespace === undefined) report(RULES.namespace, 'metadata.namespace', undefined);
  else if (isText(namespace) && !isLabel(namespace))
    report(RULES.name, 'metadata.namespace', namespace, 'must be a DNS label');
}

const OWN_SELECTORS = ['', 'beta.'].flatMap((prefix) =>
  ['arch', 'os'].map((what) => `${prefix}kubernetes.io/${what}`),
);

function checkPods(given: Tree, report: Report): void {
  const { image, nodeSelector, cores, configuration, threadsPerCore } = given;
  if (threadsPerCore !== undefined && cores === undefined)
    report(RULES.cores, 'cores', undefined, 'is needed with threadsPerCore');
  if (image !== undefined && !isImageByDigest(image)) report(RULES.image, 'image', image);
  for (const label of OWN_SELECTORS) {
    const value = treeOf(nodeSelector)[label];
    if (value !== undefined) report(RULES.ownSelector, `nodeSelector['${label}']`, value);
  }
  if (isText(cores) && !isCoreList(cores)) report(RULES.cores, 'cores', cores);
  if (isText(configuration)) checkConfiguration(configuration, report);
}

const OWN_TABLES = ['bootstrap', 'resource', 'kvs', 'tbon'];

function checkConfiguration(text: string, report: Report): void {
  try {
    const own = Object.keys(parseToml(text)).filter((table) => OWN_TABLES.includes(table));
    for (const table of own) report(RULES.configuration, 'configuration', `[${table}]`);
    if (own.length === 0 && !/^\s*(?:#.*\n\s*)*\[/.test(text))
      report(RULES.configuration, 'configuration', text, 'must begin with a table');
  } catch (error) {
    const [reason = ''] = (error as Error).message.split('\n');
    report(RULES.configuration, 'configuration', text, `is no TOML (${reason})`);
  }
}

/** Loaded on first use: few have a configuration of their own. */
function parseToml(text: string): object {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return (require('smol-toml') as { readonly parse: (toml: string) => object }).parse(text);
}

function checkNetwork({ port, networkInterface, topology }: Tree, report: Report): void {
  if (port !== undefined && !isFreePort(port)) report(RULES.port, 'port', port);
  if (isText(networkInterface) && !INTERFACE.test(networkInterface))
    report(RULES.networkInterface, 'networkInterface', networkInterface);
  else if (networkInterface !== undefined && (topology ?? 'flat') !== 'flat')
    report(RULES.networkInterface, 'networkInterface', networkInterface, 'works with the topology flat only');
  if (isText(topology) && !TOPOLOGY.test(topology)) report(RULES.topology, 'topology', topology);
}

function isFreePort(port: unknown): boolean {
  return (
    isIntegerIn(port, FIRST_PORT, LAST_PORT) &&
    !OF_KUBERNETES.includes(port as number) &&
    !isIntegerIn(port, ...OF_KUBELETS)
  );
}

function checkNumbers(given: Tree, report: Report): void {
  for (const { path, value, expected } of outOfRange(given, RANGES))
    report(RULES.number, path, value, expected);
}

/** Where the pods have files of their own. */
const OF_PODS = '/flux-distribute';
/** A socket's path has at most 107 characters, and the longest is that of the broker. */
const LONGEST_RUN_DIRECTORY = 90;

function checkDirectories(metadata: Metadata, spec: Tree, report: Report): void {
  const given = treeOf(spec.directories);
  const all = Object.entries(directoriesOf(metadata, spec as FluxDistributeSpec));
  for (const [field, path] of all) {
    if (!isText(given[field])) continue;
    const at = `directories.${field}`;
    const others = all.filter(([other]) => other !== field).map(([, other]) => other);
    if (!isPath(path) || isOfTheSystem(path) || others.some((other) => overlaps(path, other)))
      report(RULES.directory, at, path);
    else if (overlaps(path, OF_PODS)) report(RULES.directory, at, path, 'is a folder of the pods');
    else if (field === 'run' && path.length > LONGEST_RUN_DIRECTORY)
      report(RULES.directory, at, path, `must have at most ${LONGEST_RUN_DIRECTORY} characters, for sockets`);
  }
}

function checkState({ stateVolume, certificate }: Tree, report: Report): void {
  if (stateVolume !== undefined) {
    const { name, accessModes } = treeOf(stateVolume);
    if (!isObjectName(name)) report(RULES.stateVolume, 'stateVolume', name, 'must have the name of a claim');
    else if (Array.isArray(accessModes) && !accessModes.includes('ReadWriteMany'))
      report(RULES.stateVolume, 'stateVolume', accessModes);
  }
  if (certificate !== undefined) {
    const { secretName, secret, key = 'curve.cert' } = treeOf(certificate);
    const name = secretName ?? treeOf(secret).name;
    if (!isObjectName(name) || !isText(key) || !isDataKey(key))
      report(RULES.certificate, 'certificate', { name, key });
  }
}
