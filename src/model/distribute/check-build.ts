import { isPath, isSha256, isWebAddress } from '../addresses';
import { ARCHITECTURES } from '../architectures';
import { Report } from '../construct-rule';
import { TEXT, TREE, treeOf } from '../field-types';
import { Fields, Unfit, isText, unfit } from '../fields';
import { Tree, isTree } from '../tree';
import {
  Download,
  FluxMirror,
  FluxTarball,
  FluxTarballs,
  FluxVersions,
  InstallerMirror,
  PackageLocks,
  ProxySettings,
} from './build-spec';
import { packagesIn } from './package-lock';
import { RULES } from './rules';
import { BrokerRunner } from './spec';
import { pairOf } from './versions';

const VERSIONS: Fields<FluxVersions> = { fluxCore: TEXT, fluxSched: TEXT };
const LOCKS: Fields<PackageLocks> = { amd64: TEXT, arm64: TEXT };
const MIRROR: Fields<FluxMirror> = { channel: TEXT, installer: TREE };
const INSTALLER: Fields<InstallerMirror> = { version: TEXT, amd64: TREE, arm64: TREE };
const DOWNLOAD: Fields<Download> = { url: TEXT, sha256: TEXT };
/** The fields of a proxy, which others have too. */
export const PROXY: Fields<ProxySettings> = { http: TEXT, https: TEXT, no: TEXT };
const TARBALLS: Fields<FluxTarballs> = { amd64: TREE, arm64: TREE };
const TARBALL: Fields<FluxTarball> = { path: TEXT, sha256: TEXT };

/** Fields within what says which Flux it is that have another name or type than they may. */
export function unfitInBuild({ versions, locks, mirror, proxy, tarballs }: Tree): Unfit[] {
  const within = (path: string, value: unknown, fields: Readonly<Fields>): Unfit[] =>
    isTree(value) ? unfit(path, value, fields) : [];
  const { installer } = treeOf(mirror);
  return [
    ...within('versions', versions, VERSIONS),
    ...within('locks', locks, LOCKS),
    ...within('mirror', mirror, MIRROR),
    ...within('mirror.installer', installer, INSTALLER),
    ...ARCHITECTURES.flatMap((architecture) => [
      ...within(`mirror.installer.${architecture}`, treeOf(installer)[architecture], DOWNLOAD),
      ...within(`tarballs.${architecture}`, treeOf(tarballs)[architecture], TARBALL),
    ]),
    ...within('proxy', proxy, PROXY),
    ...within('tarballs', tarballs, TARBALLS),
  ];
}

/** What is wrong with which Flux it is, and where it comes from. */
export function checkBuild(given: Tree, report: Report): void {
  const { versions, locks, mirror, tarballs, prefix, runner } = given;
  const packages = ['versions', 'locks', 'mirror'].find((field) => given[field] !== undefined);
  const sources = [
    ...(packages === undefined ? [] : [packages]),
    ...['tarballs', 'prefix'].filter((field) => given[field] !== undefined),
  ];
  for (const other of sources.slice(1))
    report(RULES.sources, other, undefined, `and ${sources[0] ?? ''} exclude one another`);
  const architectures = checkArchitectures(given, report);
  checkProxy(treeOf(given.proxy), report);
  if (isText(prefix) && !isPath(prefix))
    report(RULES.directory, 'prefix', prefix, 'must be a prefix of Flux');
  if (tarballs !== undefined) checkTarballs(treeOf(tarballs), architectures, report);
  if (tarballs !== undefined || prefix !== undefined) return;
  if (runner === BrokerRunner.SYSTEMD) report(RULES.systemd, 'runner', runner);
  if (locks === undefined) checkVersions(treeOf(versions), architectures, report);
  else checkLocks(treeOf(locks), architectures, report);
  checkMirror(treeOf(mirror), architectures, report);
  const { channel } = treeOf(mirror);
  if (locks === undefined && isText(channel) && channel.startsWith('http:'))
    report(
      RULES.checksum,
      'locks',
      undefined,
      'is needed with a channel of http, whose checksums anybody on the way can change',
    );
}

function isKnown(architecture: string): boolean {
  return ARCHITECTURES.some((one) => one === architecture);
}

/** @returns those that are known */
function checkArchitectures({ architectures }: Tree, report: Report): readonly string[] {
  if (!Array.isArray(architectures)) return ARCHITECTURES;
  const all = architectures as readonly string[];
  all.forEach((one, index) => {
    const isTwice = all.indexOf(one) !== index;
    if (isTwice || !isKnown(one)) report(RULES.architecture, `architectures[${index}]`, one);
  });
  if (all.length === 0) report(RULES.architecture, 'architectures', all);
  return all.filter(isKnown);
}

function checkVersions(versions: Tree, architectures: readonly string[], report: Report): void {
  const { fluxCore, fluxSched } = versions as FluxVersions;
  const pair = pairOf({ fluxCore, fluxSched });
  if (!pair) {
    report(
      RULES.versions,
      'versions',
      { fluxCore, fluxSched },
      undefined,
      fixOfVersions(fluxCore, fluxSched),
    );
    return;
  }
  const missing = architectures.filter((one) => !pair.architectures.includes(one));
  for (const one of missing)
    report(RULES.architecture, 'architectures', one, `has no flux-core ${pair.fluxCore} on conda-forge`);
}

/** The pairs that are nearest to what was meant. */
function fixOfVersions(fluxCore: string | undefined, fluxSched: string | undefined): string {
  const near = [pairOf({ fluxCore }), pairOf({ fluxSched }), pairOf()];
  const texts = near.flatMap((pair) => (pair ? [`${pair.fluxCore} with flux-sched ${pair.fluxSched}`] : []));
  const known = [...new Set(texts)].map((text) => `flux-core ${text}`).join(', or ');
  return `write ${known}; docs/flux-distribute.md lists all pairs, and locks, tarballs and prefix take any`;
}

/** A package with a checksum. */
const PACKAGE = /^https?:\/\/[^\s@#]+\.(?:conda|tar\.bz2)#(?:[0-9a-f]{32}|(?:sha256:)?[0-9a-f]{64})$/;
const FLUX_CORE = /\/flux-core-[^/]+$/;

function checkLocks(locks: Tree, architectures: readonly string[], report: Report): void {
  for (const architecture of architectures) {
    const path = `locks.${architecture}`;
    const lock = locks[architecture];
    if (lock === undefined) report(RULES.required, path, undefined);
    if (!isText(lock)) continue;
    const packages = packagesIn(lock);
    const broken = packages.find((line) => !PACKAGE.test(line) || isOfAnother(architecture, line));
    if (broken !== undefined) report(RULES.lock, path, broken);
    else if (!packages.some((line) => FLUX_CORE.test(line)))
      report(RULES.lock, path, `${packages.length} packages`, 'has no flux-core');
  }
}

/** The folder of a channel has the packages of one architecture, or of any. */
const SUBDIRS: Readonly<Record<string, string>> = { amd64: 'linux-64', arm64: 'linux-aarch64' };

function isOfAnother(architecture: string, line: string): boolean {
  return Object.entries(SUBDIRS).some(
    ([other, subdir]) => other !== architecture && line.includes(`/${subdir}/`),
  );
}

function checkMirror({ channel, installer }: Tree, architectures: readonly string[], report: Report): void {
  if (isText(channel) && !isWebAddress(channel)) report(RULES.url, 'mirror.channel', channel);
  if (!isTree(installer)) return;
  if (!isText(installer.version)) report(RULES.required, 'mirror.installer.version', undefined);
  for (const architecture of architectures) {
    const path = `mirror.installer.${architecture}`;
    const download = installer[architecture];
    if (download === undefined) report(RULES.required, path, undefined);
    if (!isTree(download)) continue;
    if (!isText(download.url) || !isWebAddress(download.url)) report(RULES.url, `${path}.url`, download.url);
    checkChecksum(`${path}.sha256`, download.sha256, report);
  }
}

function checkProxy({ http, https }: Tree, report: Report): void {
  if (isText(http) && !isWebAddress(http)) report(RULES.url, 'proxy.http', http);
  if (isText(https) && !isWebAddress(https)) report(RULES.url, 'proxy.https', https);
}

function checkTarballs(tarballs: Tree, architectures: readonly string[], report: Report): void {
  for (const architecture of architectures) {
    const path = `tarballs.${architecture}`;
    const tarball = tarballs[architecture];
    if (tarball === undefined) report(RULES.required, path, undefined);
    if (!isTree(tarball)) continue;
    if (!isText(tarball.path) || !isPath(tarball.path))
      report(RULES.directory, `${path}.path`, tarball.path, 'must be an absolute path');
    checkChecksum(`${path}.sha256`, tarball.sha256, report);
  }
}

function checkChecksum(path: string, value: unknown, report: Report): void {
  if (!isText(value) || !isSha256(value)) report(RULES.checksum, path, value);
}
