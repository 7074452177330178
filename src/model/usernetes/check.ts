import { ARCHITECTURES } from '../architectures';
import { Report, problemsOfFields, reportBeside } from '../construct-rule';
import { isIntegerIn, treeOf } from '../field-types';
import { isText } from '../fields';
import { isServiceName } from '../kubernetes-names';
import { PackageRules, checkPackages } from '../packages/check';
import { Problem, show } from '../problems';
import { Tree, isTree } from '../tree';
import { checkCapacity } from './check-capacity';
import { checkIngress } from './check-ingress';
import { checkLater } from './check-later';
import { checkNetwork } from './check-network';
import { checkResources } from './check-resources';
import { unfitInCluster } from './field-tables';
import { Given, KnownUsernetesClusterSpec } from './known';
import { nodeConfig } from './node-config';
import { DEFAULT_ENGINE } from './defaults';
import { isCommit, isInstanceType, isPolicyArn } from './ids';
import { RULES } from './rules';
import { ContainerEngine } from './spec';
import { NO_PODMAN } from './ubuntu';
import { UsernetesClusterSpec } from './spec';
import { checkUserData, userData } from './user-data';

/** The longest name; host names add a rank to it, and names of roles some words. */
const LONGEST_NAME = 40;
/** Subnets for nodes in 10.244.0.0/16. */
const MOST_NODES = 256;

/**
 * All that is wrong with what is known; callers in JavaScript and YAML have no compiler: it may be anything.
 *
 * @param spec the spec, without values that are not known yet
 * @param unknown paths of fields that are given, with a value that is not known yet: `network.vpcId`,
 * `ingress[0].cidr`. They count as given, and are checked when they are known.
 */
export function checkUsernetesCluster(
  spec: KnownUsernetesClusterSpec,
  unknown: readonly string[] = [],
): Problem[] {
  const unfitFields = unfitInCluster(spec);
  const problems = problemsOfFields(unfitFields, RULES);
  if (!isTree(spec)) return problems;
  const told = unfitFields.map(({ path }) => path);
  const report = reportBeside(told, problems);
  const given = new Given(
    Object.fromEntries(Object.entries(spec).filter(([field]) => !told.includes(field))),
    unknown,
  );
  checkLater(given, report);
  checkNames(given, report);
  checkNodes(given, report);
  checkInstall(given, report);
  checkNetwork(given, report);
  checkIngress(given, report);
  checkCapacity(given, report);
  checkResources(given, report);
  checkBoundary(given, report);
  return problems.length > 0 ? problems : problemsOfUserData(spec as UsernetesClusterSpec);
}

/** As long as it can get, with what is known later only; without a mirror nothing in it is long. */
function problemsOfUserData(spec: UsernetesClusterSpec): Problem[] {
  if (spec.mirror === undefined) return [];
  const config = nodeConfig(spec, {
    cluster: spec.clusterName ?? '',
    firstAddress: '255.255.255.255',
    efa: false,
    bundle: { bucket: 'b'.repeat(63), key: 'k'.repeat(63), sha256: 's'.repeat(64) },
  });
  return checkUserData(userData(config));
}

function checkNames(given: Given, report: Report): void {
  const { clusterName, instanceType } = given.spec;
  if (clusterName !== undefined && !isClusterName(clusterName))
    report(RULES.name, 'clusterName', clusterName);
  if (!given.has('instanceType')) report(RULES.required, 'instanceType', undefined);
  else if (isText(instanceType) && !isInstanceType(instanceType))
    report(RULES.instanceType, 'instanceType', instanceType);
}

function isClusterName(name: unknown): boolean {
  return isText(name) && isServiceName(name) && name.length <= LONGEST_NAME;
}

function checkBoundary(given: Given, report: Report): void {
  const boundary = given.spec.permissionsBoundary;
  if (isText(boundary) && !isPolicyArn(boundary))
    report(
      RULES.arn,
      'permissionsBoundary',
      boundary,
      'is no ARN of a policy',
      "write it as 'arn:aws:iam::123456789012:policy/NAME'",
    );
}

function checkNodes(given: Given, report: Report): void {
  const { nodes, maxNodes } = given.spec;
  if (!given.has('nodes')) report(RULES.required, 'nodes', undefined);
  else if (nodes !== undefined && !isIntegerIn(nodes, 1, MOST_NODES)) report(RULES.nodes, 'nodes', nodes);
  if (maxNodes === undefined) return;
  const least = typeof nodes === 'number' ? nodes : 1;
  if (!isIntegerIn(maxNodes, 1, MOST_NODES)) report(RULES.nodes, 'maxNodes', maxNodes);
  else if ((maxNodes as number) < least)
    report(RULES.nodes, 'maxNodes', maxNodes, `must be at least nodes, which is ${least}`);
}

const PACKAGE_RULES: PackageRules = {
  ...RULES,
  architectures: 'instanceType',
  takesAny: 'and locks take any',
};
/** What an image that has everything brings itself. */
const OF_IMAGE = ['versions', 'locks', 'mirror', 'usernetesCommit'];

function checkInstall(given: Given, report: Report): void {
  const { usernetesCommit, versions, locks } = given.spec;
  if (given.at('image.baked') === true) {
    for (const field of OF_IMAGE) if (given.has(field)) report(RULES.baked, field, undefined);
    checkBaked(given, report);
    return;
  }
  if (isText(usernetesCommit) && !isCommit(usernetesCommit))
    report(RULES.commit, 'usernetesCommit', usernetesCommit);
  if (versions !== undefined && locks !== undefined)
    report(RULES.versions, 'versions', versions, 'have no effect with locks', 'keep one of the two');
  if (given.at('engine') === ContainerEngine.PODMAN && given.at('image.ubuntu') === NO_PODMAN)
    report(
      RULES.image,
      'image.ubuntu',
      NO_PODMAN,
      'has no podman-compose',
      'write 24.04, or take another engine',
    );
  checkPackages(given.spec, architecturesIn(given.spec), PACKAGE_RULES, report);
}

/** What a node would find out at its boot, if the image says it. */
function checkBaked(given: Given, report: Report): void {
  const engine = given.at('engine') ?? DEFAULT_ENGINE;
  const baked = given.at('image.engine');
  if (baked !== undefined && baked !== engine)
    report(RULES.ofImage, 'engine', engine, `is not that of the image, which has ${show(baked)}`);
  for (const field of ['efa', 'munge'])
    if (given.at(field) === true && given.at(`image.${field}`) === false)
      report(RULES.ofImage, field, true, 'is not in the image');
}

/** Which architecture the nodes have is looked up later: locks or an installer for one of them are enough. */
function architecturesIn({ locks, mirror }: Tree): readonly string[] {
  const byArchitecture = [treeOf(locks), treeOf(treeOf(mirror).installer)];
  const named = ARCHITECTURES.filter((one) => byArchitecture.some((tree) => tree[one] !== undefined));
  return named.length > 0 ? named : ARCHITECTURES;
}
