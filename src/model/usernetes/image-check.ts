import { ConstructRule, Report, problemsOfFields, reportBeside } from '../construct-rule';
import { FLAG, LIST, NUMBER, TEXT, TREE, isIntegerIn, oneOf } from '../field-types';
import { FieldType, Fields, isText, unfit } from '../fields';
import { isServiceName } from '../kubernetes-names';
import { PackageRules, checkPackages, unfitInPackages } from '../packages/check';
import { FluxVersions } from '../packages/spec';
import { Problem } from '../problems';
import { isTree } from '../tree';
import { INSTALL } from './field-tables';
import { fluxSourcesOf } from './flux-sources';
import { isArn, isCommit, isId, isInstanceType, isPolicyArn } from './ids';
import { IMAGE_RULES as RULES } from './image-rules';
import { Architecture, FluxBuild, UsernetesImageSpec } from './image-spec';
import { Given, Known } from './known';
import { ContainerEngine } from './spec';
import { checkTags } from './tags';
import { NO_PODMAN, UBUNTU_RELEASES } from './ubuntu';

/** The same spec, whose fields may be known later only. */
export type KnownUsernetesImageSpec = Known<UsernetesImageSpec>;

/** Some of them may not be known yet. */
const TEXTS_SO_FAR: FieldType = {
  expected: 'a list of texts',
  accepts: (value) => Array.isArray(value) && value.every((one) => one === undefined || isText(one)),
};

const SPEC: Fields<UsernetesImageSpec> = {
  imageName: TEXT,
  architecture: oneOf(Object.values(Architecture)),
  flux: oneOf(Object.values(FluxBuild)),
  ...INSTALL,
  efa: FLAG,
  parentImage: TEXT,
  ubuntu: TEXT,
  renewal: TEXT,
  instanceType: TEXT,
  subnetId: TEXT,
  securityGroupIds: TEXTS_SO_FAR,
  volumeSize: NUMBER,
  kmsKeyId: TEXT,
  regions: LIST,
  accountIds: TEXTS_SO_FAR,
  schedule: TEXT,
  keepFailed: FLAG,
  timeout: NUMBER,
  tags: TREE,
  permissionsBoundary: TEXT,
};

/**
 * All that is wrong with what is known; callers in JavaScript and YAML have no compiler: it may be anything.
 *
 * @param spec the spec, without values that are not known yet
 * @param unknown paths of fields that are given, with a value that is not known yet: `kmsKeyId`, `accountIds[0]`
 */
export function checkUsernetesImage(
  spec: KnownUsernetesImageSpec,
  unknown: readonly string[] = [],
): Problem[] {
  const fields = [...unfit('', spec, SPEC), ...(isTree(spec) ? unfitInPackages(spec) : [])];
  const problems = problemsOfFields(fields, RULES);
  if (!isTree(spec)) return problems;
  const told = fields.map(({ path }) => path);
  const report = reportBeside(told, problems);
  const fit = Object.entries(spec).filter(([field]) => !told.includes(field));
  const given = new Given(Object.fromEntries(fit), unknown);
  checkName(given, report);
  checkFlux(given, report);
  checkParent(given, report);
  checkInstance(given, report);
  checkNumbers(given, report);
  checkSharing(given, report);
  checkTags(given.spec.tags, RULES.tags, report);
  const { permissionsBoundary } = given.spec;
  if (isText(permissionsBoundary) && !isPolicyArn(permissionsBoundary))
    report(RULES.boundary, 'permissionsBoundary', permissionsBoundary);
  return problems;
}

const NAME_LENGTHS = { least: 3, most: 40 } as const;

function checkName({ spec: { imageName } }: Given, report: Report): void {
  if (!isText(imageName)) return;
  const { length } = imageName;
  if (!isServiceName(imageName) || length < NAME_LENGTHS.least || length > NAME_LENGTHS.most)
    report(RULES.name, 'imageName', imageName);
}

const PACKAGE_RULES: PackageRules = {
  ...RULES,
  architectures: 'architecture',
  takesAny: 'and locks take any',
};

function checkFlux(given: Given, report: Report): void {
  const { flux, usernetesCommit, versions, locks } = given.spec;
  if (isText(usernetesCommit) && !isCommit(usernetesCommit))
    report(RULES.commit, 'usernetesCommit', usernetesCommit);
  if (flux === FluxBuild.COMPILED_WITH_SECURITY) {
    checkCompiled(given, report);
    return;
  }
  if (versions !== undefined && locks !== undefined)
    report(RULES.versions, 'versions', versions, 'have no effect with locks', 'keep one of the two');
  checkPackages(given.spec, [architectureOfImage(given)], PACKAGE_RULES, report);
}

function checkCompiled({ spec }: Given, report: Report): void {
  for (const field of ['locks', 'mirror'])
    if (spec[field] !== undefined) report(RULES.compiled, field, undefined);
  const versions = isTree(spec.versions) ? (spec.versions as FluxVersions) : undefined;
  if (!fluxSourcesOf(versions)) report(RULES.sources, 'versions', versions);
  if (spec.ubuntu === '22.04') report(RULES.compiler, 'ubuntu', spec.ubuntu);
}

/** The architecture, if it is one. */
function architectureOfImage({ spec: { architecture } }: Given): string {
  return isText(architecture) ? architecture : Architecture.AMD64;
}

const PARENTS: readonly RegExp[] = [
  /^ami-(?:[0-9a-f]{8}|[0-9a-f]{17})$/,
  /^arn:aws[a-z-]*:imagebuilder:[a-z0-9-]+:(?:[0-9]{12}|aws):image\/[a-z0-9-_]+\/[0-9x]+\.[0-9x]+\.[0-9x]+(?:\/[0-9]+)?$/,
  /^ssm:(?:\/[A-Za-z0-9_.-]+|arn:aws[a-z-]*:ssm:[a-z0-9-]+:[0-9]*:parameter)(?:\/[A-Za-z0-9_.-]+)*$/,
];

function checkParent(given: Given, report: Report): void {
  const { parentImage, ubuntu } = given.spec;
  if (given.has('parentImage') && ubuntu !== undefined) report(RULES.oneParent, 'ubuntu', ubuntu);
  if (isText(parentImage) && !PARENTS.some((form) => form.test(parentImage)))
    report(RULES.parentImage, 'parentImage', parentImage);
  if (isText(ubuntu) && !UBUNTU_RELEASES.includes(ubuntu)) report(RULES.ubuntu, 'ubuntu', ubuntu);
  if (given.spec.engine === ContainerEngine.PODMAN && ubuntu === NO_PODMAN)
    report(RULES.ubuntu, 'ubuntu', ubuntu, 'has no podman-compose', 'write 24.04, or take another engine');
}

/** After the generation the first letter tells the processor: g for Graviton. Families with a suffix are others. */
const GRAVITON = /^(?:a1|[a-z]+[0-9]+g[a-z]*)\./;

function checkInstance(given: Given, report: Report): void {
  const { instanceType, subnetId, securityGroupIds } = given.spec;
  if (isText(instanceType)) checkInstanceType(instanceType, architectureOfImage(given), report);
  if (isText(subnetId) && !isId('subnet', subnetId)) report(RULES.id, 'subnetId', subnetId);
  if (given.has('subnetId') && !given.has('securityGroupIds'))
    report(RULES.required, 'securityGroupIds', undefined, 'are needed with subnetId');
  forEachText(securityGroupIds, (id, index) => {
    if (!isId('sg', id)) report(RULES.id, `securityGroupIds[${index}]`, id);
  });
}

function checkInstanceType(type: string, architecture: string, report: Report): void {
  if (!isInstanceType(type)) {
    report(RULES.instanceType, 'instanceType', type);
    return;
  }
  const [family = ''] = type.split('.');
  const isArm = GRAVITON.test(type);
  if (!family.includes('-') && isArm !== (architecture === (Architecture.ARM64 as string)))
    report(RULES.otherArchitecture, 'instanceType', type, `is no ${architecture} instance type`);
}

const RANGES = { volumeSize: [20, 16_384], timeout: [1800, 28_800] } as const;
const SCHEDULE = /^(?:cron\(\S+(?: \S+){5}\)|rate\([1-9][0-9]* [a-z]+\))$/;

function checkNumbers({ spec }: Given, report: Report): void {
  for (const [field, [least, most]] of Object.entries(RANGES)) {
    const value = spec[field];
    if (value !== undefined && !isIntegerIn(value, least, most))
      report(RULES.number, field, value, `must be from ${least} to ${most}`);
  }
  if (isText(spec.schedule) && !SCHEDULE.test(spec.schedule))
    report(RULES.schedule, 'schedule', spec.schedule);
}

const REGION = /^[a-z]{2,}(?:-[a-z]+)+-[0-9]+$/;
const ACCOUNT = /^[0-9]{12}$/;

function checkSharing(given: Given, report: Report): void {
  const { kmsKeyId, regions, accountIds } = given.spec;
  const isKey = isText(kmsKeyId) && isArn(kmsKeyId, 'kms');
  if (isText(kmsKeyId) && !isKey) report(RULES.key, 'kmsKeyId', kmsKeyId);
  if (Array.isArray(regions) && regions.length > 0 && isKey && !kmsKeyId.includes(':key/mrk-'))
    report(RULES.keyOfRegions, 'kmsKeyId', kmsKeyId);
  checkEach(regions, REGION, report, 'regions', RULES.region);
  checkEach(accountIds, ACCOUNT, report, 'accountIds', RULES.account);
  const isShared = Array.isArray(accountIds) && accountIds.length > 0;
  if ((isShared || given.isLater('accountIds')) && !given.has('kmsKeyId'))
    report(RULES.sharedKey, 'accountIds', undefined);
}

/** Each of a list must be of a form, and there once. */
function checkEach(values: unknown, form: RegExp, report: Report, field: string, rule: ConstructRule): void {
  const seen = new Set<string>();
  forEachText(values, (value, index) => {
    if (seen.has(value) || !form.test(value)) report(rule, `${field}[${index}]`, value);
    seen.add(value);
  });
}

function forEachText(values: unknown, visit: (value: string, index: number) => void): void {
  if (!Array.isArray(values)) return;
  values.forEach((value: unknown, index) => {
    if (isText(value)) visit(value, index);
  });
}
