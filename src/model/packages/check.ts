/** What is wrong with the packages that are asked for, whoever asks. */
import { isSha256, isWebAddress } from '../addresses';
import { ARCHITECTURES } from '../architectures';
import { ConstructRule, Report } from '../construct-rule';
import { TEXT, TREE, treeOf } from '../field-types';
import { Fields, Unfit, isText, unfit } from '../fields';
import { Tree, isTree } from '../tree';
import { packagesIn } from './package-lock';
import { Download, FluxMirror, FluxVersions, InstallerMirror, PackageLocks } from './spec';
import { pairOf } from './versions';

const VERSIONS: Fields<FluxVersions> = { fluxCore: TEXT, fluxSched: TEXT };
const LOCKS: Fields<PackageLocks> = { amd64: TEXT, arm64: TEXT };
const MIRROR: Fields<FluxMirror> = { channel: TEXT, installer: TREE };
const INSTALLER: Fields<InstallerMirror> = { version: TEXT, amd64: TREE, arm64: TREE };
const DOWNLOAD: Fields<Download> = { url: TEXT, sha256: TEXT };

/** The rules that a construct with packages reports with, and what differs in its words. */
export interface PackageRules {
  readonly versions: ConstructRule;
  readonly architecture: ConstructRule;
  readonly lock: ConstructRule;
  readonly required: ConstructRule;
  readonly url: ConstructRule;
  readonly checksum: ConstructRule;
  /** The field that says which architectures there are. */
  readonly architectures: string;
  /** What takes versions that are not known, as a sentence's end: `and locks take any`. */
  readonly takesAny: string;
}

/** Fields within versions, locks and mirror that have another name or type than they may. */
export function unfitInPackages({ versions, locks, mirror }: Tree): Unfit[] {
  const { installer } = treeOf(mirror);
  return [
    ...unfitWithin('versions', versions, VERSIONS),
    ...unfitWithin('locks', locks, LOCKS),
    ...unfitWithin('mirror', mirror, MIRROR),
    ...unfitWithin('mirror.installer', installer, INSTALLER),
    ...ARCHITECTURES.flatMap((one) =>
      unfitWithin(`mirror.installer.${one}`, treeOf(installer)[one], DOWNLOAD),
    ),
  ];
}

/** The fields of an object that do not fit; that it is no object is told by what it is in. */
export function unfitWithin(path: string, value: unknown, fields: Readonly<Fields>): Unfit[] {
  return isTree(value) ? unfit(path, value, fields) : [];
}

/** What is wrong with versions, locks and mirror, for nodes of these architectures. */
export function checkPackages(
  { versions, locks, mirror }: Tree,
  architectures: readonly string[],
  rules: PackageRules,
  report: Report,
): void {
  if (locks === undefined) checkVersions(treeOf(versions), architectures, rules, report);
  else checkLocks(treeOf(locks), architectures, rules, report);
  checkMirror(treeOf(mirror), architectures, rules, report);
  const { channel } = treeOf(mirror);
  if (locks === undefined && isText(channel) && channel.startsWith('http:'))
    report(
      rules.checksum,
      'locks',
      undefined,
      'is needed with a channel of http, whose checksums anybody on the way can change',
    );
}

function checkVersions(
  versions: Tree,
  architectures: readonly string[],
  rules: PackageRules,
  report: Report,
): void {
  const { fluxCore, fluxSched } = versions as FluxVersions;
  const pair = pairOf({ fluxCore, fluxSched });
  if (!pair) {
    const fix = `${fixOfVersions(fluxCore, fluxSched)}; docs/flux-distribute.md lists all pairs, ${rules.takesAny}`;
    report(rules.versions, 'versions', { fluxCore, fluxSched }, undefined, fix);
    return;
  }
  const missing = architectures.filter((one) => !pair.architectures.includes(one));
  for (const one of missing)
    report(rules.architecture, rules.architectures, one, `has no flux-core ${pair.fluxCore} on conda-forge`);
}

/** The pairs that are nearest to what was meant. */
function fixOfVersions(fluxCore: string | undefined, fluxSched: string | undefined): string {
  const near = [pairOf({ fluxCore }), pairOf({ fluxSched }), pairOf()];
  const texts = near.flatMap((pair) => (pair ? [`${pair.fluxCore} with flux-sched ${pair.fluxSched}`] : []));
  const known = [...new Set(texts)].map((text) => `flux-core ${text}`).join(', or ');
  return `write ${known}`;
}

/** A package with a checksum. */
const PACKAGE = /^https?:\/\/[^\s@#]+\.(?:conda|tar\.bz2)#(?:[0-9a-f]{32}|(?:sha256:)?[0-9a-f]{64})$/;
const FLUX_CORE = /\/flux-core-[^/]+$/;

function checkLocks(
  locks: Tree,
  architectures: readonly string[],
  rules: PackageRules,
  report: Report,
): void {
  for (const architecture of architectures) {
    const path = `locks.${architecture}`;
    const lock = locks[architecture];
    if (lock === undefined) report(rules.required, path, undefined);
    if (!isText(lock)) continue;
    const packages = packagesIn(lock);
    const broken = packages.find((line) => !PACKAGE.test(line) || isOfAnother(architecture, line));
    if (broken !== undefined) report(rules.lock, path, broken);
    else if (!packages.some((line) => FLUX_CORE.test(line)))
      report(rules.lock, path, `${packages.length} packages`, 'has no flux-core');
  }
}

/** The folder of a channel has the packages of one architecture, or of any. */
const SUBDIRS: Readonly<Record<string, string>> = { amd64: 'linux-64', arm64: 'linux-aarch64' };

function isOfAnother(architecture: string, line: string): boolean {
  return Object.entries(SUBDIRS).some(
    ([other, subdir]) => other !== architecture && line.includes(`/${subdir}/`),
  );
}

function checkMirror(
  { channel, installer }: Tree,
  architectures: readonly string[],
  rules: PackageRules,
  report: Report,
): void {
  if (isText(channel) && !isWebAddress(channel)) report(rules.url, 'mirror.channel', channel);
  if (!isTree(installer)) return;
  if (!isText(installer.version)) report(rules.required, 'mirror.installer.version', undefined);
  for (const architecture of architectures) {
    const path = `mirror.installer.${architecture}`;
    const download = installer[architecture];
    if (download === undefined) report(rules.required, path, undefined);
    if (!isTree(download)) continue;
    if (!isText(download.url) || !isWebAddress(download.url)) report(rules.url, `${path}.url`, download.url);
    checkChecksum(`${path}.sha256`, download.sha256, rules.checksum, report);
  }
}

/** Reports what is no SHA-256. */
export function checkChecksum(path: string, value: unknown, rule: ConstructRule, report: Report): void {
  if (!isText(value) || !isSha256(value)) report(rule, path, value);
}
