import { Report } from '../construct-rule';
import { isIntegerIn } from '../field-types';
import { isText } from '../fields';
import { DEFAULT_IOPS, DEFAULT_THROUGHPUT, DEFAULT_VOLUME_SIZE } from './defaults';
import { isArn } from './ids';
import { Given } from './known';
import { RULES } from './rules';
import { checkTags } from './tags';

/** The numbers with their ranges: gp3 volumes, and CloudFormation's wait conditions, which end after twelve hours. */
const RANGES: readonly (readonly [path: string, least: number, most: number])[] = [
  ['volume.size', 20, 16_384],
  ['volume.iops', 3000, 16_000],
  ['volume.throughput', 125, 1000],
  ['wait.timeout', 300, 43_200],
];
/** What gp3 gives (docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html). */
const IOPS_PER_GIB = 500;
const IOPS_PER_MIB = 4;

/** What is wrong with volume, secrets, wait, prices and tags. */
export function checkResources(given: Given, report: Report): void {
  for (const [path, least, most] of RANGES) {
    const value = given.at(path);
    if (value !== undefined && !isIntegerIn(value, least, most))
      report(RULES.number, path, value, `must be from ${least} to ${most}`);
  }
  checkVolume(given, report);
  checkSecret(given, report);
  if (given.has('prices') && !given.has('prices.instanceHour'))
    report(RULES.required, 'prices.instanceHour', undefined);
  checkTags(given.spec.tags, RULES.tags, report);
}

function checkVolume(given: Given, report: Report): void {
  const key = given.at('volume.kmsKeyId');
  if (isText(key) && !isArn(key, 'kms')) reportKey('volume.kmsKeyId', key, report);
  const size = numberAt(given, 'volume.size', DEFAULT_VOLUME_SIZE);
  const iops = numberAt(given, 'volume.iops', DEFAULT_IOPS);
  const throughput = numberAt(given, 'volume.throughput', DEFAULT_THROUGHPUT);
  if (iops > DEFAULT_IOPS && iops > size * IOPS_PER_GIB)
    report(RULES.number, 'volume.iops', iops, `must be at most ${IOPS_PER_GIB} for each GiB of size`);
  if (throughput * IOPS_PER_MIB > iops)
    report(RULES.number, 'volume.throughput', throughput, 'must be at most a quarter of iops');
}

/** What is not known yet, or wrong already, breaks no comparison. */
function numberAt(given: Given, path: string, otherwise: number): number {
  const value = given.isLater(path) ? Number.NaN : (given.at(path) ?? otherwise);
  return typeof value === 'number' ? value : Number.NaN;
}

function checkSecret(given: Given, report: Report): void {
  if (!given.has('certificate')) return;
  if (!given.has('certificate.arn')) report(RULES.required, 'certificate.arn', undefined);
  const arn = given.at('certificate.arn');
  if (isText(arn) && !isArn(arn, 'secretsmanager', 'ssm')) report(RULES.arn, 'certificate.arn', arn);
  const key = given.at('certificate.kmsKeyArn');
  if (isText(key) && !isArn(key, 'kms')) reportKey('certificate.kmsKeyArn', key, report);
}

function reportKey(path: string, key: string, report: Report): void {
  const fix = "write the whole ARN: 'arn:aws:kms:us-east-1:123456789012:key/…'";
  report(RULES.arn, path, key, 'is no ARN of a key of KMS', fix);
}
