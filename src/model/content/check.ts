import { Report, problemOf, problemsOfFields } from '../construct-rule';
import { isOfTheSystem, isPath, isSha256, isWebAddress, overlaps } from '../addresses';
import { PROXY, checkFluxDistribute, directoriesOf } from '../distribute';
import {
  FLAG,
  LIST,
  METADATA,
  NUMBER,
  RESOURCES,
  Ranges,
  TEXT,
  TREE,
  isObjectName,
  outOfRange,
  TREES,
  treeOf,
} from '../field-types';
import { Fields, Unfit, isText, unfit } from '../fields';
import { isLabel, isServiceName } from '../kubernetes-names';
import { Metadata } from '../manifest';
import { LONGEST_NAME } from '../node-pod';
import { Problem } from '../problems';
import { amountOf, isQuantity } from '../quantity';
import { Tree, isTree } from '../tree';
import { isHostList } from './host-list';
import { RULES } from './rules';
import { ContentDistributionSpec, ContentFile, Containerd, DistributedFlux } from './spec';

const SPEC: Fields<ContentDistributionSpec> = {
  through: TREE,
  images: LIST,
  files: TREES,
  nodes: TEXT,
  keep: FLAG,
  checkSeconds: NUMBER,
  bandwidth: TEXT,
  parallelism: NUMBER,
  imagePullSecret: TREE,
  containerd: TREE,
  proxy: TREE,
  deadlineSeconds: NUMBER,
  resources: RESOURCES,
};
const FILE: Fields<ContentFile> = { url: TEXT, sha256: TEXT, path: TEXT, target: TEXT, mode: TEXT };
const CONTAINERD: Fields<Containerd> = { address: TEXT, program: TEXT, namespace: TEXT };

const RANGES: Ranges = {
  checkSeconds: [10, 86_400],
  parallelism: [1, 100_000],
  deadlineSeconds: [60, 604_800],
};
const LEAST_BANDWIDTH = 100_000;

/** All that is wrong; callers in JavaScript and YAML have no compiler: both may be anything. */
export function checkContentDistribution(metadata: Metadata, spec: ContentDistributionSpec): Problem[] {
  const unfitFields = findUnfit(metadata, spec);
  const problems = problemsOfFields(unfitFields, RULES);
  if (!isTree(spec)) return problems;
  const told = new Set(unfitFields.map(({ path }) => path));
  const report: Report = (rule, path, ...details) => {
    if (!told.has(path)) problems.push(problemOf(rule, path, ...details));
  };
  const given: Tree = Object.fromEntries(
    Object.entries(spec).filter(([field, value]) => value !== undefined && !told.has(field)),
  );
  checkNames(treeOf(metadata), report);
  checkThrough(metadata, given, report);
  checkImages(given, report);
  checkFiles(metadata, given, report);
  checkNumbers(given, report);
  checkNodes(given, report);
  return problems;
}

function findUnfit(metadata: unknown, spec: unknown): Unfit[] {
  const { files, containerd, proxy } = treeOf(spec);
  const listed: readonly unknown[] = Array.isArray(files) ? files : [];
  return [
    ...unfit('metadata', metadata ?? {}, METADATA),
    ...unfit('', spec, SPEC),
    ...listed.flatMap((file, index) => (isTree(file) ? unfit(`files[${index}]`, file, FILE) : [])),
    ...(isTree(containerd) ? unfit('containerd', containerd, CONTAINERD) : []),
    ...(isTree(proxy) ? unfit('proxy', proxy, PROXY) : []),
  ];
}

function checkNames({ name, namespace }: Tree, report: Report): void {
  if (!isText(name) || !isServiceName(name) || name.length > LONGEST_NAME)
    report(RULES.name, 'metadata.name', name);
  if (isText(namespace) && !isLabel(namespace))
    report(RULES.name, 'metadata.namespace', namespace, 'must be a DNS label');
}

function checkThrough({ namespace = 'default' }: Metadata, { through }: Tree, report: Report): void {
  const { name, spec, namespace: theirs = namespace } = treeOf(through) as Partial<DistributedFlux>;
  if (!isObjectName(name)) report(RULES.through, 'through', name);
  else if (checkFluxDistribute({ name: String(name), namespace }, spec).length > 0)
    report(RULES.through, 'through', name, 'has errors of its own');
  else if (theirs !== namespace)
    report(RULES.through, 'through', theirs, `must be in the same namespace, ${namespace}`);
}

/** Host with a dot, a port, or localhost; then the path in lower case; then what fixes it. */
const REFERENCE =
  /^(?:[a-z0-9][-a-z0-9.]*(?::[0-9]+)?\/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*(?::([A-Za-z0-9_][\w.-]{0,127}))?(?:@sha256:([0-9a-f]{64}))?$/;

function checkImages({ images, files }: Tree, report: Report): void {
  const listed = (images ?? []) as readonly string[];
  if (listed.length === 0 && ((files ?? []) as readonly unknown[]).length === 0)
    report(RULES.nothing, 'spec', undefined);
  listed.forEach((image, index) => {
    const path = `images[${index}]`;
    const [whole, tag, digest] = REFERENCE.exec(image) ?? [];
    const isFixed = digest !== undefined || (tag !== undefined && tag !== 'latest');
    if (whole === undefined || !isFixed) report(RULES.image, path, image);
    if (listed.indexOf(image) !== index) report(RULES.twice, path, image);
  });
}

function checkFiles(metadata: Metadata, { files, through }: Tree, report: Report): void {
  const listed = (files ?? []) as readonly Tree[];
  const { name, spec } = treeOf(through) as Partial<DistributedFlux>;
  const own = Object.values(directoriesOf({ ...metadata, name: name ?? '' }, spec ?? {}));
  const targets = listed.map(({ target }) => target);
  listed.forEach((file, index) => {
    const at = `files[${index}]`;
    checkSource(at, file, report);
    checkTarget(`${at}.target`, file.target, own, report);
    const before = targets.slice(0, index).filter(isText);
    if (isText(file.target) && before.some((other) => overlaps(other, String(file.target))))
      report(RULES.twice, `${at}.target`, file.target);
    if (isText(file.path) && isText(file.target) && overlaps(file.path, file.target))
      report(RULES.target, `${at}.target`, file.target, 'is where it comes from, or within it');
    if (isText(file.mode) && !/^0?[0-7]{3}$/.test(file.mode)) report(RULES.mode, `${at}.mode`, file.mode);
  });
}

function checkSource(at: string, { url, sha256, path }: Tree, report: Report): void {
  if ((url === undefined) === (path === undefined)) report(RULES.source, at, undefined);
  if (isText(url) && !(isWebAddress(url) && url.startsWith('https:'))) report(RULES.url, `${at}.url`, url);
  if (isText(path) && !isPath(path)) report(RULES.path, `${at}.path`, path);
  const isChecksum = isText(sha256) && isSha256(sha256);
  if (url === undefined ? sha256 !== undefined : !isChecksum) report(RULES.checksum, `${at}.sha256`, sha256);
}

/** Folders of Flux on the nodes, of others too. */
const OF_FLUX = ['/opt/flux-distribute', '/var/lib/flux-distribute', '/run/flux-distribute'];

function checkTarget(path: string, target: unknown, own: readonly string[], report: Report): void {
  if (!isText(target) || !isPath(target)) report(RULES.path, path, target);
  else if (isOfTheSystem(target) || [...OF_FLUX, ...own].some((folder) => overlaps(target, folder)))
    report(RULES.target, path, target);
}

function checkNumbers(given: Tree, report: Report): void {
  for (const { path, value, expected } of outOfRange(given, RANGES))
    report(RULES.number, path, value, expected);
  const { bandwidth, keep = false, checkSeconds, deadlineSeconds } = given;
  const isEnough = isText(bandwidth) && isQuantity(bandwidth) && amountOf(bandwidth) >= LEAST_BANDWIDTH;
  if (bandwidth !== undefined && !isEnough)
    report(RULES.number, 'bandwidth', bandwidth, "must be a quantity of at least '100k'");
  if (checkSeconds !== undefined && !keep) report(RULES.onlyKept, 'checkSeconds', checkSeconds);
  if (deadlineSeconds !== undefined && keep) report(RULES.onlyKept, 'deadlineSeconds', deadlineSeconds);
}

function checkNodes({ nodes, imagePullSecret, containerd, proxy }: Tree, report: Report): void {
  if (isText(nodes) && !isHostList(nodes)) report(RULES.nodes, 'nodes', nodes);
  if (imagePullSecret !== undefined && !isObjectName(treeOf(imagePullSecret).name))
    report(RULES.secret, 'imagePullSecret', treeOf(imagePullSecret).name);
  for (const field of ['address', 'program']) {
    const path = treeOf(containerd)[field];
    if (isText(path) && !isPath(path)) report(RULES.path, `containerd.${field}`, path);
  }
  for (const field of ['http', 'https']) {
    const address = treeOf(proxy)[field];
    if (isText(address) && !isWebAddress(address))
      report(RULES.url, `proxy.${field}`, address, 'must be an address on the web without user and password');
  }
}
